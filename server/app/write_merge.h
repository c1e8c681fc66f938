/*
 * What the two files of a write share.
 */
#ifndef APP_WRITE_MERGE_H
#define APP_WRITE_MERGE_H

#include "app/laws.h"

/* May the intent bring this field? */
bool write_may_set(const struct write_intent *intent,
		   const struct field *field);

/* Merges an update into w->row, a copy of w->old; *lost are fields that don't
 * stand as they were sent. */
MODEL_MUST_USE enum outrider_code
write_merge(struct writing *w, struct field_set *lost, uint64_t hlc,
	    struct outrider_err *err);

#endif
