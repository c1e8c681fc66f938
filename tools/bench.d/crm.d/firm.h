/*
 * firm: a firm's records, made up by their number: the same for the same
 * number, on every run. Writes them as the contract has them.
 */
#ifndef BENCH_FIRM_H
#define BENCH_FIRM_H

#include "model/arena.h"
#include "model/uuid.h"

#include <stddef.h>
#include <stdint.h>

enum {
	FIRM_REPS = 50,
	FIRM_INDUSTRIES = 20,
	FIRM_CONTACTS_EACH = 5, /* of a company */
};

enum firm_kind {
	FIRM_USER = 1,
	FIRM_COMPANY = 3,
	FIRM_CONTACT = 4,
	FIRM_CALL = 21,
	FIRM_MESSAGE = 22
};

/* How many companies there are: contacts and communications refer to them. */
struct firm {
	size_t n_companies, n_contacts;
};

/* Ascending with n, as ids that are made one after the other. */
struct uuid firm_id(enum firm_kind kind, size_t n);
/* Spreads n over the whole range: the same for the same n. */
uint64_t firm_mix(uint64_t n);

const char *firm_industry(size_t n);
const char *firm_given_name(size_t contact);
const char *firm_family_name(size_t contact);
/* "+380..."; no two contacts have the same. */
void firm_phone(char out[20], size_t contact);
size_t firm_contact_company(const struct firm *firm, size_t contact);

/* Appends the record's bytes. */
void firm_write(struct buffer *out, const struct firm *firm,
		enum firm_kind kind, size_t n);

#endif
