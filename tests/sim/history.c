/*
 * What the server's change log must say at rest:
 *
 *	6   what was deleted came back only where the desk undeleted it
 *	9   a value lost only against a later one of the same field, and one
 *	    that its author hadn't seen; a set lost no one's members
 *
 * And the log is true: its changes, one after the other, make the rows.
 */
#include "look.h"

#include "app/kinds.h"
#include "customs.h"
#include "forms.h"
#include "lives.h"

#include <stdlib.h>
#include <string.h>

/* --------------------------------------------- 6, 9: the course of a record */

static int by_record(const void *a, const void *b)
{
	const struct change *const *one = a, *const *other = b;
	const int order = uuid_compare(&(*one)->id, &(*other)->id);

	if (order != 0)
		return order;
	return (*one)->rev < (*other)->rev ? -1 : (*one)->rev > (*other)->rev;
}

/* A phone, and what its ledger has of each record. */
struct author {
	const struct phone *phone;
	const struct edit **edits; /* by record, then as they were made */
	size_t n;
};

static int by_record_and_age(const void *a, const void *b)
{
	const struct edit *one = *(const struct edit *const *)a;
	const struct edit *other = *(const struct edit *const *)b;
	const int order = uuid_compare(&one->id, &other->id);

	if (order != 0)
		return order;
	return one < other ? -1 : one > other;
}

static void
know_author(struct author *out, struct look *look, const struct phone *phone)
{
	const struct ledger *ledger = &phone->ledger;

	out->phone = phone;
	out->n = ledger->n;
	out->edits = arena_alloc(&look->arena, out->n * sizeof(void *) + 1);
	if (out->edits == NULL)
		abort();
	for (size_t i = 0; i < out->n; i++)
		out->edits[i] = &ledger->edits[i];
	qsort(out->edits, out->n, sizeof(void *), by_record_and_age);
}

/* Behind the last edit of the record, or where it would stand. */
static size_t behind_record(const struct author *author, const struct uuid *id)
{
	size_t low = 0, high = author->n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (uuid_compare(&author->edits[middle]->id, id) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A record as the log tells it, change by change. */
struct story {
	struct world *world;
	struct look *look;
	const struct author *authors; /* the phones */
	unsigned merged; /* a bit for each phone that was told of a merge */
	struct arena arena;
	const struct entity *entity;
	struct row *row;
	bool exists, is_deleted;
	/* The clock of the change that gave each field its value. */
	uint64_t hlc[RECORD_FIELDS_MAX];
	uint64_t customs_hlc[CUSTOMS]; /* the same for each added field */
	uint64_t words_hlc; /* and for what an answer says in words */
};

static bool is_next(const struct story *story, enum change_op op)
{
	switch (op) {
	case CHANGE_CREATE:
		return !story->exists;
	case CHANGE_UPDATE:
	case CHANGE_DELETE:
		return story->exists && !story->is_deleted;
	case CHANGE_UNDELETE:
		return story->is_deleted;
	}
	return false;
}

static struct row *
read_row(struct story *story, struct field_set *which, struct bytes fields)
{
	struct row *row = row_new(&story->arena, story->entity);

	if (row == NULL ||
	    record_read(row, which, &story->arena, fields, NULL) != OUTRIDER_OK)
		abort();
	return row;
}

/* A last writer's field may lose against a later write of itself only. */
static void check_lost(struct story *story, const struct change *change)
{
	const struct entity *entity = story->entity;
	struct field_set lost = { { 0 } };

	(void)read_row(story, &lost, change->lost_fields);
	for (size_t i = 0; i < entity->n_fields; i++) {
		if (entity->fields[i].merge != MERGE_LAST_WRITER ||
		    !field_set_has(&lost, entity->fields[i].number))
			continue;
		if (story->hlc[i] < change->author.hlc)
			world_break(story->world,
				    "9: the %s of revision %llu lost against "
				    "an older one",
				    entity->fields[i].name,
				    (unsigned long long)change->rev);
	}
}

/* The edit that a change came from; NULL: the desk's, or one that no ledger
 * has because the power went. */
static const struct edit *
edit_of(const struct story *story, const struct change *change)
{
	for (unsigned i = 0; i < story->world->n_phones && change->author.seq;
	     i++) {
		const struct author *author = &story->authors[i];
		const long life =
			life_index(author->phone, &change->author.device);

		if (life < 0)
			continue;
		for (size_t k = behind_record(author, &change->id);
		     k > 0 &&
		     uuid_compare(&author->edits[k - 1]->id, &change->id) == 0;
		     k--)
			if (author->edits[k - 1]->life == (size_t)life &&
			    look_is_of(change, author->edits[k - 1]))
				return author->edits[k - 1];
	}
	return NULL;
}

/* The phone that wrote it, as a bit; 0: the desk. */
static unsigned
author_bit(const struct story *story, const struct change *change)
{
	for (unsigned i = 0; i < story->world->n_phones; i++)
		if (life_index(story->authors[i].phone,
			       &change->author.device) >= 0)
			return 1U << i;
	return 0;
}

static const struct value *value_of(const struct story *story, const char *name)
{
	const struct entity *entity = story->entity;
	size_t i = 0;

	while (strcmp(entity->fields[i].name, name) != 0)
		i++;
	return &story->row->values[i];
}

/*
 * What stood unseen, and is later, must still stand. But whom a role hid a
 * value from when they wrote, and not any more when it came, had a base in
 * which it stood: docs/simulation.md, "Limits".
 */
static void check_seen(struct story *story, const struct change *change,
		       const struct edit_value *value)
{
	const struct value *standing = value_of(story, value->field);
	const size_t i = (size_t)(standing - story->row->values);
	const struct field *field = &story->entity->fields[i];
	const bool is_by_key = field->merge == MERGE_BY_KEY;
	const bool was_seen =
		value->seen[0] == '\0'
			? standing->bytes.len == 0
			: look_holds(standing->bytes, value->seen);

	if (!is_by_key && !was_seen &&
	    field_set_has(&change->changed, field->number) &&
	    story->hlc[i] > change->author.hlc)
		world_break(story->world,
			    "9: revision %llu put a %s over a later one that "
			    "its author hadn't seen",
			    (unsigned long long)change->rev, field->name);
}

static unsigned people_of(const struct story *story)
{
	const struct world *world = story->world;
	char id[UUID_TEXT_LEN + 1];
	unsigned people = 0;

	for (unsigned i = 0; i < world->n_phones; i++) {
		uuid_format(id, &world->phones[i].user);
		if (look_holds(value_of(story, "participant_ids")->bytes, id))
			people |= 1U << i;
	}
	return people;
}

/*
 * A card that is made once more, after a backup, is an update of its first
 * making. What its author saw in it isn't known.
 */
static bool is_made_anew(const struct change *change, const struct edit *edit)
{
	return edit->op == EDIT_CREATE && change->op == CHANGE_UPDATE;
}

/* Nobody is gone whom the author didn't take out, and nobody too many. */
static void check_people(struct story *story, const struct change *change,
			 const struct edit *edit, unsigned before)
{
	const unsigned seen = is_made_anew(change, edit) ? before
							 : edit->people_seen;
	const unsigned added = edit->people_sent & ~seen;
	const unsigned removed = seen & ~edit->people_sent;
	const unsigned after = people_of(story);
	const unsigned wanted = (before & ~removed) | added;

	if ((after & wanted) != wanted || after & ~(before | added))
		world_break(story->world,
			    "9: revision %llu made of the people %x, where "
			    "%x became %x, %x",
			    (unsigned long long)change->rev, before,
			    edit->people_seen, edit->people_sent, after);
}

/* Those of a contact; others have none. */
static struct customs customs_of(const struct story *story)
{
	struct customs customs = { { 0 } };

	if (strcmp(story->entity->name, "contact") == 0)
		customs_read(&customs, story->world,
			     value_of(story, "custom")->bytes);
	return customs;
}

/* What an answer says in words; others say nothing. */
static void words_of(const struct story *story, char out[40])
{
	out[0] = '\0';
	if (strcmp(story->entity->name, "answer") == 0)
		form_text(out, value_of(story, "answers")->bytes);
}

/* Each question is merged by itself: later words that their author hadn't seen
 * stand, whatever else was answered with them. */
static void check_words(struct story *story, const struct change *change,
			const struct edit *edit, const char *before)
{
	char after[40];
	size_t i = 0;

	words_of(story, after);
	while (edit != NULL && i < edit->n_values &&
	       strcmp(edit->values[i].field, "answers") != 0)
		i++;
	if (strcmp(before, after) == 0)
		return;
	if (edit != NULL && i < edit->n_values &&
	    strcmp(before, edit->values[i].seen) != 0 &&
	    story->words_hlc > change->author.hlc)
		world_break(story->world,
			    "9: revision %llu put words over later ones that "
			    "their author hadn't seen",
			    (unsigned long long)change->rev);
	story->words_hlc = change->author.hlc;
}

/* Each added field is merged by itself: the later of two that didn't see each
 * other stands, and what the author left alone stays. */
static void check_custom(struct story *story, const struct change *change,
			 const struct edit *edit, const struct customs *before,
			 size_t i)
{
	const uint64_t seen = edit->customs_seen.at[i];
	const uint64_t sent = edit->customs_sent.at[i];
	const uint64_t stood = before->at[i];
	const uint64_t after = customs_of(story).at[i];
	const uint64_t clock = story->customs_hlc[i];
	bool is_right;

	/* What a role hides by then is not the author's to take out:
	 * docs/simulation.md, "Limits". */
	if (edit->is_maybe_blind &&
	    (seen == 0 || (sent == 0 && after == stood)))
		return;
	if (sent == seen)
		is_right = after == stood;
	else if (stood == seen || stood == sent)
		is_right = after == sent;
	else if (after == sent)
		is_right = clock <= change->author.hlc;
	else
		is_right = after == stood && clock >= change->author.hlc;
	if (!is_right)
		world_break(story->world,
			    "9: revision %llu made of added field %zu, where "
			    "%llx stood and %llx became %llx, %llx",
			    (unsigned long long)change->rev, i,
			    (unsigned long long)stood, (unsigned long long)seen,
			    (unsigned long long)sent,
			    (unsigned long long)after);
}

static void take_fields(struct story *story, const struct change *change)
{
	const struct entity *entity = story->entity;
	struct field_set which = { { 0 } };
	const struct row *now = read_row(story, &which, change->new_fields);

	if (field_set_has(&change->changed, FIELD_OWNER))
		story->row->owner = now->owner;
	for (size_t i = 0; i < entity->n_fields; i++) {
		if (!field_set_has(&change->changed, entity->fields[i].number))
			continue;
		story->row->values[i] = now->values[i];
		story->hlc[i] = change->author.hlc;
	}
}

/*
 * What the author saw is known but for edits upon an own one that waited, and
 * for those sent anew; and the server knows no base but an older one after a
 * merge that the author was told of (docs/simulation.md, "A limit").
 */
static void take_change(struct story *story, const struct change *change)
{
	const struct edit *edit = edit_of(story, change);
	const bool is_known = edit != NULL && !edit->is_rebased &&
			      !edit->is_upon_own;
	const unsigned author = author_bit(story, change);
	const bool has_people = is_known && edit->has_people &&
				!(story->merged & author);
	const bool has_customs = is_known && edit->has_customs &&
				 !is_made_anew(change, edit) &&
				 !(story->merged & author);
	const struct customs stood = customs_of(story);
	char words[40];
	unsigned before = 0;

	if (!is_next(story, change->op))
		world_break(story->world,
			    "6: revision %llu does to a %s that %s what may "
			    "not be done (%d)",
			    (unsigned long long)change->rev,
			    story->entity->name,
			    story->is_deleted ? "was deleted"
			    : story->exists   ? "stands"
					      : "never was",
			    (int)change->op);
	if (change->op == CHANGE_UNDELETE && change->author.seq != 0)
		world_break(story->world, "6: a phone undeleted");
	story->exists = true;
	story->is_deleted = change->op == CHANGE_DELETE;
	check_lost(story, change);
	if (is_known && edit->op == EDIT_UPDATE)
		for (size_t i = 0; i < edit->n_values; i++)
			if (edit->values[i].seen[0] != '\0' ||
			    !edit->is_maybe_blind)
				check_seen(story, change, &edit->values[i]);
	if (has_people)
		before = people_of(story);
	words_of(story, words);
	take_fields(story, change);
	check_words(story, change, is_known ? edit : NULL, words);
	if (has_people)
		check_people(story, change, edit, before);
	for (size_t i = 0; i < CUSTOMS; i++) {
		if (has_customs)
			check_custom(story, change, edit, &stood, i);
		if (customs_of(story).at[i] != stood.at[i])
			story->customs_hlc[i] = change->author.hlc;
	}
	if (!change->author.is_verbatim && change->op == CHANGE_UPDATE)
		story->merged |= author;
}

/* The team follows the owner, and is not read back from bytes. */
static void check_end(struct story *story, const struct uuid *id)
{
	const struct look_record *record = look_find(story->look, id);
	const struct entity *entity = story->entity;
	const struct row *row;
	char text[UUID_TEXT_LEN + 1];
	bool is_same;

	if (record == NULL)
		return; /* take_change has said so */
	row = record->row;
	is_same = uuid_compare(&row->owner, &story->row->owner) == 0 &&
		  (row->deleted_us != 0) == story->is_deleted;
	for (size_t i = 0; i < entity->n_fields; i++)
		is_same = is_same &&
			  value_equal(&entity->fields[i], &row->values[i],
				      &story->row->values[i]);
	uuid_format(text, id);
	if (!is_same)
		world_break(story->world,
			    "9: %s %s is not what its changes made it",
			    entity->name, text);
}

static void tell(struct look *look, struct world *world,
		 const struct author *authors, const struct change **changes,
		 size_t n)
{
	struct story story = { .world = world,
			       .look = look,
			       .authors = authors };

	arena_init(&story.arena, &allocator_libc, 64 << 20);
	story.entity = schema_entity(changes[0]->kind);
	story.row = row_new(&story.arena, story.entity);
	if (story.row == NULL)
		abort();
	for (size_t i = 0; i < n; i++)
		take_change(&story, changes[i]);
	check_end(&story, &changes[0]->id);
	arena_free(&story.arena);
}

void check_history(struct look *look, struct world *world)
{
	const struct change **sorted =
		arena_alloc(&look->arena, look->n_log * sizeof(void *) + 1);
	struct author authors[PHONES_MAX];
	size_t n;

	if (sorted == NULL)
		abort();
	for (unsigned i = 0; i < world->n_phones; i++)
		know_author(&authors[i], look, &world->phones[i]);
	for (size_t i = 0; i < look->n_log; i++)
		sorted[i] = &look->log[i];
	qsort(sorted, look->n_log, sizeof(void *), by_record);
	for (size_t i = 0; i < look->n_log; i += n) {
		for (n = 1; i + n < look->n_log; n++)
			if (uuid_compare(&sorted[i]->id, &sorted[i + n]->id))
				break;
		tell(look, world, authors, &sorted[i], n);
	}
}
