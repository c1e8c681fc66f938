/*
 * WatchAlerts: the caller's open alerts, then each change of one as it comes.
 *
 * Two stretches of the same order, that of revisions:
 *
 *	OPEN   alerts that are open and not newer than the first snapshot
 *	NEWS   whatever is newer, open or closed
 *
 * An alert that changes while OPEN is under way is newer than the snapshot,
 * and so comes once, in NEWS. Waiting begins at a snapshot that had nothing,
 * and ends with any commit above it.
 */
#include "app/visits_parts.h"

#include "model/wire.h"

typedef Outrider__V1__WatchAlertsRequest Request;
typedef Outrider__V1__WatchAlertsResponse Response;

struct watch {
	uint64_t snapshot_rev; /* of the beginning */
	uint64_t sent_rev;     /* everything up to here was sent */
	bool is_news;
};

/* The next alert to send, or NULL where the snapshot has none. */
static enum outrider_code find_next(struct app_call *call, struct row **out)
{
	const struct principal *who = &call->principal;
	struct watch *watch = call->state;
	const struct store_alerts_query asked = {
		.scopes = who->scopes,
		.n_scopes = who->n_scopes,
		.above = watch->sent_rev,
		.limit = 1,
		.only_open = !watch->is_news,
	};
	struct row **rows;
	size_t n;
	enum outrider_code code;

	*out = NULL;
	if (!access_knows_kind(who, schema_entity(KIND_ALERT)))
		return OUTRIDER_OK;
	code = store_alerts(call_conn(call), &rows, &n, &asked, &call->page,
			    &call->err);
	if (code != OUTRIDER_OK)
		return code;
	if (n > 0 && (watch->is_news || rows[0]->rev <= watch->snapshot_rev)) {
		*out = rows[0];
		return OUTRIDER_OK;
	}
	if (watch->is_news)
		return OUTRIDER_OK;
	/* The open ones are through: once more, for the news. */
	watch->is_news = true;
	watch->sent_rev = watch->snapshot_rev;
	return find_next(call, out);
}

static enum outrider_code send_alert(struct app_call *call, struct row *row)
{
	enum { ALERT_BYTES = 8 << 10, RESPONSE_ALERT = 1 };
	struct buffer alert;
	enum outrider_code code;

	code = access_hide(row, &call->principal, &call->page, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	buffer_init(&alert, &allocator_libc, ALERT_BYTES);
	record_write_resource(&alert, row);
	buffer_clear(&call->reply);
	wire_put_bytes(&call->reply, RESPONSE_ALERT, alert.at, alert.len);
	code = alert.is_full ? err_set(&call->err, OUTRIDER_INTERNAL, NULL,
				       "an alert that is too long")
			     : call_reply_written(call);
	buffer_free(&alert);
	return code;
}

static enum app_progress next_alert(struct app_call *call)
{
	struct watch *watch = call->state;
	uint64_t rev;
	struct row *row;

	if (store_read_begin(call_conn(call), &rev, &call->err) != OUTRIDER_OK)
		return APP_END;
	if (find_next(call, &row) != OUTRIDER_OK) {
		store_read_end(call_conn(call));
		return APP_END;
	}
	store_read_end(call_conn(call));
	if (!row) {
		watch->sent_rev = rev;
		return call_wait_for_news(call, rev);
	}
	watch->sent_rev = row->rev;
	return send_alert(call, row) == OUTRIDER_OK ? APP_MESSAGE : APP_END;
}

enum outrider_code visits_watch_start(struct app_call *call)
{
	const Request *request = call_unpack(
		call, &outrider__v1__watch_alerts_request__descriptor);
	struct watch *watch = arena_alloc(&call->arena, sizeof(*watch));
	enum outrider_code code;

	if (!request)
		return call->err.code;
	if (!watch)
		return err_set(&call->err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "no memory to watch with");
	code = store_read_begin(call_conn(call), &watch->snapshot_rev,
				&call->err);
	if (code != OUTRIDER_OK)
		return code;
	store_read_end(call_conn(call));
	watch->is_news = request->only_new;
	if (watch->is_news)
		watch->sent_rev = watch->snapshot_rev;
	call->state = watch;
	call->next = next_alert;
	return OUTRIDER_OK;
}
