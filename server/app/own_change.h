/*
 * Changes that the server itself makes of a record that stands: a verdict, a
 * learned pin, an alert that is over. Owns how such a write is put together;
 * what it says is the rooms' own.
 */
#ifndef APP_OWN_CHANGE_H
#define APP_OWN_CHANGE_H

#include "app/write.h"

/* In the making. */
struct own_change {
	struct write_intent intent;
	struct row *values; /* the arena's */
};

/* Of nothing yet. Errors: RESOURCE_EXHAUSTED. */
MODEL_MUST_USE enum outrider_code
own_change_begin(struct own_change *out, const struct row *standing,
		 struct arena *arena, struct outrider_err *err);
/* The field is changed to what is put there; until then it is cleared. */
struct value *own_change_field(struct own_change *change, uint32_t number);
/* Inside a write. Errors: those of write_record. */
MODEL_MUST_USE enum outrider_code
own_change_write(const struct own_change *change, struct app *app,
		 struct store_conn *tx, struct arena *arena,
		 struct outrider_err *err);

#endif
