/*
 * Deliveries and marks as rows. Decides nothing of who is told when.
 */
#include "store/delivery.h"

#include "store/parts.h"

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

enum outrider_code alert_marks_forget(struct store_conn *tx, size_t limit,
				      struct outrider_err *err)
{
	struct backend_value values[] = { value_int((int64_t)limit) };

	return store_run(tx, NULL, STATEMENT_MARKS_FORGET, values,
			 ARRAY_LEN(values), err);
}
