/*
 * See own_change.h.
 */
#include "app/own_change.h"

#include "app/kinds.h"

enum outrider_code
own_change_begin(struct own_change *out, const struct row *standing,
		 struct arena *arena, struct outrider_err *err)
{
	*out = (struct own_change){
		.values = row_new(arena, standing->entity),
	};
	out->intent = (struct write_intent){
		.op = CHANGE_UPDATE,
		.entity = standing->entity,
		.id = standing->id,
		.values = out->values,
	};
	if (out->values)
		return OUTRIDER_OK;
	return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
		       "no memory to change a %s", standing->entity->name);
}

struct value *own_change_field(struct own_change *change, uint32_t number)
{
	field_set_add(&change->intent.which, number);
	return kind_value(change->values, number);
}

enum outrider_code own_change_write(const struct own_change *change,
				    struct app *app, struct store_conn *tx,
				    struct arena *arena,
				    struct outrider_err *err)
{
	struct write_outcome outcome;

	return write_record(&outcome, app, tx, &change->intent, arena, err);
}
