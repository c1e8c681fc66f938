/*
 * ListVisits: the visits of meetings that the caller may see, by planned
 * start, the reps of one meeting side by side. Writes nothing.
 */
#include "app/visits_parts.h"

#include "app/digest.h"
#include "model/octets.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

typedef Outrider__V1__ListVisitsRequest Request;
typedef Outrider__V1__ListVisitsResponse Response;

enum {
	PAGE_DEFAULT = 50,
	PAGE_MAX = 1000,
	MEETINGS_AT_ONCE = 20,
	MEETINGS_MEMORY = 4 << 20,
	REPS_MAX = 64, /* owner and participants of one meeting */
	QUERY_LEN = 8,
	TOKEN_LEN = 8 + 16 + 16 + QUERY_LEN,
};

/* What a list has come to: behind this visit. */
struct position {
	int64_t start_us;
	struct uuid meeting, rep;
};

struct list {
	struct app_call *call;
	int64_t from_us, until_us;
	struct uuid rep;	  /* zero: everybody */
	bool is_rep_known;	  /* the rep is the caller, or led by them */
	uint8_t query[QUERY_LEN]; /* a token fits no other one */
	struct position at;
	Outrider__V1__Visit **visits;
	size_t n, most;
	bool is_full;
};

/* ------------------------------------------------------------------ tokens */

static void write_token(char out[2 * TOKEN_LEN + 1], const struct list *list)
{
	uint8_t bytes[TOKEN_LEN];
	struct octet_writer to = { .bytes = bytes, .room = sizeof(bytes) };

	octets_put(&to, (uint64_t)list->at.start_us, 8);
	memcpy(bytes + 8, list->at.meeting.at, 16);
	memcpy(bytes + 24, list->at.rep.at, 16);
	memcpy(bytes + 40, list->query, QUERY_LEN);
	sodium_bin2hex(out, 2 * TOKEN_LEN + 1, bytes, sizeof(bytes));
}

static bool read_token(struct list *list, const char *text)
{
	uint8_t bytes[TOKEN_LEN];
	struct octet_reader from = { .next = bytes,
				     .end = bytes + sizeof(bytes) };
	size_t len;

	if (sodium_hex2bin(bytes, sizeof(bytes), text, strlen(text), NULL, &len,
			   NULL) != 0 ||
	    len != sizeof(bytes) ||
	    memcmp(bytes + 40, list->query, QUERY_LEN) != 0)
		return false;
	list->at.start_us = octets_get_signed(&from, 8);
	memcpy(list->at.meeting.at, bytes + 8, 16);
	memcpy(list->at.rep.at, bytes + 24, 16);
	return true;
}

/* ------------------------------------------------------------- one meeting */

struct reps {
	struct uuid at[REPS_MAX];
	size_t n;
};

static void add_rep(struct reps *reps, const struct uuid *rep)
{
	for (size_t i = 0; i < reps->n; i++)
		if (uuid_compare(&reps->at[i], rep) == 0)
			return;
	if (reps->n < REPS_MAX)
		reps->at[reps->n++] = *rep;
}

static void add_participant(void *user, const struct field *field,
			    const struct uuid *target)
{
	if (kind_takes_part(field))
		add_rep(user, target);
}

static int compare_reps(const void *a, const void *b)
{
	return uuid_compare(a, b);
}

/*
 * The owner's visit, whether there is evidence or not; participants' where
 * there is some, or where they were asked for; as far as the caller may know.
 */
static enum outrider_code
add_visit(struct list *list, const struct row *row, const struct uuid *rep)
{
	bool is_owner = uuid_compare(&row->owner, rep) == 0;
	bool is_shown = visits_is_everybodys(row, rep);
	Outrider__V1__Visit *visit;
	bool has_finding;
	enum outrider_code code = OUTRIDER_OK;

	if (!is_shown)
		code = visits_is_own_or_led(&is_shown, list->call, rep);
	if (code != OUTRIDER_OK || !is_shown)
		return code;
	code = visits_describe(&visit, &has_finding, list->call, row, rep);
	if (code != OUTRIDER_OK)
		return code;
	if (has_finding || !uuid_is_zero(&list->rep) || is_owner)
		list->visits[list->n++] = visit;
	return OUTRIDER_OK;
}

static enum outrider_code add_meeting(struct list *list, const struct row *row)
{
	struct reps reps = { .n = 0 };
	bool is_resumed = uuid_compare(&row->id, &list->at.meeting) == 0;

	if (!visits_may_see(&list->call->principal, row))
		return OUTRIDER_OK;
	add_rep(&reps, &row->owner);
	record_references(row, add_participant, &reps);
	qsort(reps.at, reps.n, sizeof(reps.at[0]), compare_reps);
	for (size_t i = 0; i < reps.n; i++) {
		const struct uuid *rep = &reps.at[i];
		enum outrider_code code;

		if (is_resumed && uuid_compare(rep, &list->at.rep) <= 0)
			continue;
		if (!uuid_is_zero(&list->rep) &&
		    uuid_compare(rep, &list->rep) != 0)
			continue;
		list->is_full = list->n == list->most;
		if (list->is_full)
			return OUTRIDER_OK;
		code = add_visit(list, row, rep);
		if (code != OUTRIDER_OK)
			return code;
		list->at.start_us = kind_value(row, MEETING_START_TIME)->i;
		list->at.meeting = row->id;
		list->at.rep = *rep;
	}
	return OUTRIDER_OK;
}

/* ---------------------------------------------------------------- the list */

/* The id before, so that a query for what lies above it has this one again. */
static struct uuid id_before(struct uuid id)
{
	for (size_t i = sizeof(id.at); i-- > 0;)
		if (id.at[i]-- > 0)
			break;
	return id;
}

static enum outrider_code add_meetings(struct list *list, bool *is_end,
				       struct position *after,
				       struct arena *arena)
{
	const struct principal *who = &list->call->principal;
	const struct scope own = scope_make(SCOPE_USER, &list->rep);
	/*
	 * A rep's meetings lie in their scope, taken part in or owned. Of a
	 * stranger the caller's own scopes are searched: how long it takes must
	 * not tell how many meetings they have.
	 */
	const struct store_meetings_query asked = {
		.scopes = list->is_rep_known ? &own : who->scopes,
		.n_scopes = list->is_rep_known ? 1 : who->n_scopes,
		.from_us = list->from_us,
		.until_us = list->until_us,
		.after_us = after->start_us,
		.after = after->meeting,
		.limit = MEETINGS_AT_ONCE,
	};
	struct row **rows;
	size_t n;
	enum outrider_code code;

	code = store_meetings(call_conn(list->call), &rows, &n, &asked, arena,
			      &list->call->err);
	*is_end = code == OUTRIDER_OK && n < MEETINGS_AT_ONCE;
	for (size_t i = 0; i < n && code == OUTRIDER_OK && !list->is_full;
	     i++) {
		code = add_meeting(list, rows[i]);
		after->start_us = kind_value(rows[i], MEETING_START_TIME)->i;
		after->meeting = rows[i]->id;
	}
	return code;
}

static enum outrider_code fill(struct list *list)
{
	struct position after = list->at;
	struct arena arena;
	bool is_end = false;
	enum outrider_code code = OUTRIDER_OK;

	if (!uuid_is_zero(&list->rep))
		code = visits_is_own_or_led(&list->is_rep_known, list->call,
					    &list->rep);
	if (!uuid_is_zero(&after.meeting))
		after.meeting = id_before(after.meeting);
	arena_init(&arena, &allocator_libc, MEETINGS_MEMORY);
	while (code == OUTRIDER_OK && !is_end && !list->is_full) {
		code = add_meetings(list, &is_end, &after, &arena);
		arena_reset(&arena);
	}
	arena_free(&arena);
	return code;
}

static int64_t
microseconds(const Google__Protobuf__Timestamp *time, int64_t instead)
{
	return time ? time->seconds * 1000000 + time->nanos / 1000 : instead;
}

static void name_query(struct list *list)
{
	uint8_t bounds[16], digest[DIGEST_LEN];
	struct octet_writer to = { .bytes = bounds, .room = sizeof(bounds) };
	const struct bytes parts[] = {
		{ .at = bounds, .len = sizeof(bounds) },
		{ .at = list->rep.at, .len = sizeof(list->rep.at) },
		{ .at = list->call->principal.user.at, .len = 16 },
	};

	octets_put(&to, (uint64_t)list->from_us, 8);
	octets_put(&to, (uint64_t)list->until_us, 8);
	digest_of(digest, parts, 3);
	memcpy(list->query, digest, sizeof(list->query));
}

static enum outrider_code
read_request(struct list *list, const Request *request)
{
	struct app_call *call = list->call;

	list->from_us = microseconds(request->start_time, INT64_MIN);
	list->until_us = microseconds(request->end_time, INT64_MAX);
	list->most = PAGE_DEFAULT;
	if (request->page_size > 0)
		list->most = (size_t)request->page_size;
	if (list->most > PAGE_MAX)
		list->most = PAGE_MAX;
	if (*request->rep_id &&
	    !uuid_parse(&list->rep, request->rep_id, strlen(request->rep_id)))
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, "rep_id",
			       "not an id");
	name_query(list);
	list->at.start_us = INT64_MIN;
	if (*request->page_token && !read_token(list, request->page_token))
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
			       "page_token",
			       "this is not a token of this list");
	list->visits = arena_alloc(&call->arena,
				   list->most * sizeof(Outrider__V1__Visit *));
	if (!list->visits)
		return err_call_full(&call->err);
	return OUTRIDER_OK;
}

enum outrider_code visits_list_start(struct app_call *call)
{
	const Request *request = call_unpack(
		call, &outrider__v1__list_visits_request__descriptor);
	Response response = OUTRIDER__V1__LIST_VISITS_RESPONSE__INIT;
	struct list list = { .call = call };
	char token[2 * TOKEN_LEN + 1];
	enum outrider_code code;

	if (!request)
		return call->err.code;
	code = read_request(&list, request);
	if (code == OUTRIDER_OK)
		code = store_read_begin(call_conn(call), NULL, &call->err);
	if (code != OUTRIDER_OK)
		return code;
	code = fill(&list);
	store_read_end(call_conn(call));
	if (code != OUTRIDER_OK)
		return code;
	response.visits = list.visits;
	response.n_visits = list.n;
	if (list.is_full) {
		write_token(token, &list);
		response.next_page_token = token;
	}
	return call_reply(call, &response.base);
}
