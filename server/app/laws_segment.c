/*
 * A segment keeps a filter and an order of a kind: both are read when they
 * are written, as its author would be answered to them. Whoever uses it later
 * is answered by their own rights.
 */
#include "app/laws_rooms.h"

#include "app/filter.h"
#include "app/kinds.h"

/* segment.proto */
enum {
	SEGMENT_OF_KIND = 11,
	SEGMENT_FILTER = 12,
	SEGMENT_ORDER_BY = 13,
};

static const struct entity *
find_kind(const struct writing *w, const struct principal *who)
{
	struct bytes name = kind_value(w->row, SEGMENT_OF_KIND)->bytes;
	const struct entity *entity =
		schema_entity_named((const char *)name.at, name.len);

	return entity && access_knows_kind(who, entity) ? entity : NULL;
}

enum outrider_code
laws_segment_check(struct writing *w, struct outrider_err *err)
{
	const struct principal *who = w->intent->principal;
	struct filter_context context = {
		.principal = who,
		.conn = w->tx,
		.arena = w->arena,
		.now_us = w->now_us,
	};
	struct query_order order[QUERY_ORDER_MAX];
	struct condition *condition;
	size_t n;
	enum outrider_code code;

	if (!who || (!field_set_has(&w->changed, SEGMENT_OF_KIND) &&
		     !field_set_has(&w->changed, SEGMENT_FILTER) &&
		     !field_set_has(&w->changed, SEGMENT_ORDER_BY)))
		return OUTRIDER_OK;
	context.entity = find_kind(w, who);
	if (!context.entity)
		return laws_refuse(err, "of_kind", "there is no such kind");
	code = filter_read(&condition, &context,
			   kind_value(w->row, SEGMENT_FILTER)->bytes, err);
	if (code != OUTRIDER_OK)
		return code;
	return order_read(order, &n, &context,
			  kind_value(w->row, SEGMENT_ORDER_BY)->bytes, err);
}
