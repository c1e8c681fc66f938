/*
 * phone_files: what a cheat does to a phone's files while it is switched off.
 *
 * Owns the hand that alters rows of evidence. It has the phone, but not its
 * PIN: what is sealed it can spoil, take away and put elsewhere, not read.
 */
#ifndef BENCH_SPOOF_PHONE_FILES_H
#define BENCH_SPOOF_PHONE_FILES_H

#include "powered.h"

enum phone_edit {
	EDIT_BITS,   /* one bit of each row */
	EDIT_ROWS,   /* each row in the place of another */
	EDIT_REMOVE, /* the rows are gone */
};

/* Rows of evidence from this number on. Returns how many there were. */
size_t phone_files_edit(struct powered *p, uint64_t from, enum phone_edit edit,
			uint64_t seed);

#endif
