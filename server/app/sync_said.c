/*
 * Is a change of the log what a mutation says? Told by what it says alone:
 * the log has neither a mutation's bytes nor its clock before that was clamped.
 * Knows no clocks, and not what follows from the answer.
 */
#include "app/sync_parts.h"

#include "model/wire.h"

#include <string.h>

/* Changes below the one that is asked about; further back nobody looks. */
enum { LOOK_BELOW = 100 };
/* Of one of them, read by itself. */
#define CHANGE_MEMORY ((size_t)4 << 20)

/* A change, and what it says. */
struct said {
	const struct change *change;
	struct row *written, *refused;
	struct field_set lost;
};

static enum outrider_code
read_said(struct said *out, const struct change *change,
	  const struct entity *entity, struct arena *arena,
	  struct outrider_err *err)
{
	enum outrider_code code;

	*out = (struct said){
		.change = change,
		.written = row_new(arena, entity),
		.refused = row_new(arena, entity),
	};
	if (!out->written || !out->refused)
		return err_call_full(err);
	code = record_read(out->written, NULL, arena, change->new_fields, err);
	return code == OUTRIDER_OK
		       ? record_read(out->refused, &out->lost, arena,
				     change->lost_fields, err)
		       : code;
}

/* ------------------------------------------- where the server had its part */

/* The next field that isn't the server's own. */
static bool next_sent(struct wire_field *out, struct wire_reader *reader,
		      const struct message *message)
{
	const struct field *field;

	while (wire_next(reader, out) > 0) {
		field = message_field(message, out->number);
		if (!field || !(field->flags & FIELD_IS_OUTPUT_ONLY))
			return true;
	}
	return false;
}

static bool is_same_but_servers(struct bytes a, struct bytes b,
				const struct message *message)
{
	struct wire_reader one = wire_read(a), other = wire_read(b);
	struct wire_field left, right;
	bool has_left, has_right;

	do {
		has_left = next_sent(&left, &one, message);
		has_right = next_sent(&right, &other, message);
		if (has_left != has_right)
			return false;
		if (has_left && (left.whole.len != right.whole.len ||
				 memcmp(left.whole.at, right.whole.at,
					left.whole.len) != 0))
			return false;
	} while (has_left);
	return true;
}

static bool
is_among(struct bytes sent, struct bytes all, const struct message *message)
{
	struct wire_reader reader = wire_read(all);
	struct wire_field in;

	while (wire_next(&reader, &in) > 0)
		if (is_same_but_servers(sent, in.value, message))
			return true;
	return false;
}

static size_t count(struct bytes all)
{
	struct wire_reader reader = wire_read(all);
	struct wire_field in;
	size_t n = 0;

	while (wire_next(&reader, &in) > 0)
		n++;
	return n;
}

/*
 * Can the value have become of what was sent? The server puts in parts of its
 * own, and of added fields those that a role hides.
 */
static bool may_be_of(const struct field *field, const struct value *stands,
		      const struct value *sent)
{
	struct wire_reader reader = wire_read(sent->bytes);
	struct wire_field in;

	if (value_equal(field, stands, sent))
		return true;
	if (!field->message)
		return false;
	if (!(field->flags & FIELD_IS_CUSTOM) &&
	    count(stands->bytes) != count(sent->bytes))
		return false;
	while (wire_next(&reader, &in) > 0)
		if (!is_among(in.value, stands->bytes, field->message))
			return false;
	return true;
}

/* ------------------------------------------------ what was found so already */

/* Takes those out of *open that the change wrote. Does it say the same? */
static enum outrider_code
compare_below(bool *is_same, struct field_set *open,
	      const struct change *change, const struct write_intent *intent,
	      struct arena *arena, struct outrider_err *err)
{
	const struct entity *entity = intent->entity;
	struct row *then = row_new(arena, entity);
	enum outrider_code code;

	if (!then)
		return err_call_full(err);
	code = record_read(then, NULL, arena, change->new_fields, err);
	for (size_t i = 0; code == OUTRIDER_OK && i < entity->n_fields; i++) {
		const struct field *field = &entity->fields[i];

		if (!field_set_has(open, field->number) ||
		    (change->op != CHANGE_CREATE &&
		     !field_set_has(&change->changed, field->number)))
			continue;
		field_set_remove(open, field->number);
		if (!may_be_of(field, &then->values[i],
			       &intent->values->values[i]))
			*is_same = false;
	}
	return code;
}

/*
 * Stood these fields before the change as the mutation says? One whose value
 * was written too far back counts as another: to do a thing twice is better
 * than to let it vanish.
 */
static enum outrider_code
stood_so(bool *out, struct field_set open, const struct change *change,
	 const struct write_intent *intent, struct store_conn *tx,
	 struct outrider_err *err)
{
	struct store_history_query asked = {
		.id = intent->id,
		.kind = intent->entity->number,
		.before_rev = change->rev,
		.limit = 1,
	};
	enum outrider_code code = OUTRIDER_OK;
	struct arena arena;
	size_t n_read = 1;

	*out = true;
	arena_init(&arena, &allocator_libc, CHANGE_MEMORY);
	for (int i = 0; *out && n_read > 0 && i < LOOK_BELOW &&
			code == OUTRIDER_OK && !field_set_is_empty(&open);
	     i++) {
		struct change *below;

		arena_reset(&arena);
		code = store_history(tx, &below, &n_read, &asked, &arena, err);
		if (code != OUTRIDER_OK || n_read == 0)
			break;
		asked.before_rev = below->rev;
		code = compare_below(out, &open, below, intent, &arena, err);
	}
	arena_free(&arena);
	if (!field_set_is_empty(&open))
		*out = false;
	return code;
}

/* --------------------------------------------------------------- the answer */

enum verdict { IS_OTHER, IS_SAME, IS_FOUND_SO, IS_NO_EVIDENCE };

static enum verdict judge_field(const struct said *said,
				const struct write_intent *intent, size_t i)
{
	static const struct value unset;
	const struct field *field = &intent->entity->fields[i];
	const struct value *sent = &intent->values->values[i];
	const bool is_sent = field_set_has(&intent->which, field->number);
	const bool is_settled =
		field_set_has(&said->change->settled, field->number);

	/* What is the server's to say isn't heard of a phone. */
	if (field->flags & FIELD_IS_OUTPUT_ONLY)
		return IS_NO_EVIDENCE;
	if (field_set_has(&said->lost, field->number))
		return is_sent && value_equal(field, &said->refused->values[i],
					      sent)
			       ? IS_SAME
			       : IS_OTHER;
	if (!field_set_has(&said->change->changed, field->number)) {
		if (!is_sent)
			return IS_NO_EVIDENCE;
		if (intent->op != CHANGE_CREATE)
			return IS_FOUND_SO;
		return value_equal(field, &unset, sent) ? IS_NO_EVIDENCE
							: IS_OTHER;
	}
	if (is_settled)
		return !is_sent || may_be_of(field, &said->written->values[i],
					     sent)
			       ? IS_NO_EVIDENCE
			       : IS_OTHER;
	return is_sent && value_equal(field, &said->written->values[i], sent)
		       ? IS_SAME
		       : IS_OTHER;
}

/* Whom it gives the record to. That alone proves nothing. */
static bool
is_other_owner(const struct said *said, const struct write_intent *intent)
{
	return field_set_has(&intent->which, FIELD_OWNER) &&
	       field_set_has(&said->change->changed, FIELD_OWNER) &&
	       uuid_compare(&said->written->owner, &intent->values->owner) != 0;
}

enum outrider_code sync_says_same(bool *out, const struct change *change,
				  const struct write_intent *intent,
				  struct store_conn *tx, struct arena *arena,
				  struct outrider_err *err)
{
	const struct entity *entity = intent->entity;
	struct field_set found_so = { { 0 } };
	struct said said;
	bool is_same = field_set_is_empty(&intent->which);
	enum outrider_code code;

	*out = intent->op == CHANGE_DELETE;
	if (*out)
		return OUTRIDER_OK;
	code = read_said(&said, change, entity, arena, err);
	if (code != OUTRIDER_OK || is_other_owner(&said, intent))
		return code;
	for (size_t i = 0; i < entity->n_fields; i++) {
		switch (judge_field(&said, intent, i)) {
		case IS_OTHER:
			return OUTRIDER_OK;
		case IS_SAME:
			is_same = true;
			break;
		case IS_FOUND_SO:
			field_set_add(&found_so, entity->fields[i].number);
			break;
		case IS_NO_EVIDENCE:
			break;
		}
	}
	if (!is_same || field_set_is_empty(&found_so)) {
		*out = is_same;
		return OUTRIDER_OK;
	}
	return stood_so(out, found_so, change, intent, tx, err);
}
