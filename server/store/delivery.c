/*
 * Deliveries and marks as rows. Decides nothing of who is told when.
 */
#include "store/delivery.h"

#include "store/parts.h"

#include <string.h>

enum outrider_code
delivery_get(struct store_conn *conn, struct alert_delivery *out,
	     const struct uuid *user, struct outrider_err *err)
{
	struct backend_value values[] = { value_uuid(user) };
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start(&query, conn,
					      STATEMENT_DELIVERY_GET, values,
					      ARRAY_LEN(values), err);

	*out = (struct alert_delivery){ 0 };
	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &has_row, err);
	if (code == OUTRIDER_OK && has_row)
		*out = (struct alert_delivery){
			.quiet_from = (uint32_t)query_int(&query, 0),
			.quiet_until = (uint32_t)query_int(&query, 1),
			.quiet_weekdays = (uint32_t)query_int(&query, 2),
			.urgent_types = (uint32_t)query_int(&query, 3),
			.burst = (uint32_t)query_int(&query, 4),
		};
	query_end(&query);
	return code;
}

enum outrider_code delivery_put(struct store_conn *tx, const struct uuid *user,
				const struct alert_delivery *delivery,
				struct outrider_err *err)
{
	struct backend_value values[] = {
		value_uuid(user),
		value_int(delivery->quiet_from),
		value_int(delivery->quiet_until),
		value_int(delivery->quiet_weekdays),
		value_int(delivery->urgent_types),
		value_int(delivery->burst),
	};

	return store_run(tx, NULL, STATEMENT_DELIVERY_PUT, values,
			 ARRAY_LEN(values), err);
}

enum outrider_code
alert_mark_get(struct store_conn *conn, uint64_t *rev, const struct uuid *user,
	       const struct uuid *alert, struct outrider_err *err)
{
	struct backend_value values[] = { value_uuid(user), value_uuid(alert) };
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start(&query, conn, STATEMENT_MARK_GET,
					      values, ARRAY_LEN(values), err);

	*rev = 0;
	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &has_row, err);
	if (code == OUTRIDER_OK && has_row)
		*rev = (uint64_t)query_int(&query, 0);
	query_end(&query);
	return code;
}

enum outrider_code
alert_mark_put(struct store_conn *tx, const struct uuid *user,
	       const struct uuid *alert, uint64_t rev, struct outrider_err *err)
{
	struct backend_value values[] = {
		value_uuid(user),
		value_uuid(alert),
		value_int((int64_t)rev),
	};

	return store_run(tx, NULL, STATEMENT_MARK_PUT, values,
			 ARRAY_LEN(values), err);
}

/* The mark that lies so many behind another; the end of all where none does. */
static enum outrider_code
mark_behind(struct store_conn *tx, struct alert_mark *out,
	    const struct alert_mark *from, size_t n, struct outrider_err *err)
{
	struct backend_value values[] = {
		value_uuid(&from->user),
		value_uuid(&from->alert),
		value_int((int64_t)n - 1),
	};
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start(&query, tx, STATEMENT_MARK_BEHIND,
					      values, ARRAY_LEN(values), err);

	memset(out, 0xff, sizeof(*out));
	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &has_row, err);
	if (code == OUTRIDER_OK && has_row &&
	    (!query_uuid(&out->user, &query, 0) ||
	     !query_uuid(&out->alert, &query, 1)))
		code = store_damaged(tx, "alert_mark", err);
	query_end(&query);
	return code == OUTRIDER_OK && !has_row ? OUTRIDER_NOT_FOUND : code;
}

enum outrider_code alert_marks_forget(struct store_conn *tx,
				      struct alert_mark *next,
				      const struct alert_mark *from,
				      size_t limit, struct outrider_err *err)
{
	struct alert_mark until;
	enum outrider_code code = mark_behind(tx, &until, from, limit, err);
	struct backend_value values[] = {
		value_uuid(&from->user),
		value_uuid(&from->alert),
		value_uuid(&until.user),
		value_uuid(&until.alert),
	};

	*next = (struct alert_mark){ .user = { { 0 } } };
	if (code == OUTRIDER_OK)
		*next = until;
	else if (code != OUTRIDER_NOT_FOUND)
		return code;
	return store_run(tx, NULL, STATEMENT_MARKS_FORGET, values,
			 ARRAY_LEN(values), err);
}
