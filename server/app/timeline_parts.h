/*
 * What the files of timelines share: the card and what is linked to it, the
 * place where a page goes on, and one step of the merge.
 */
#ifndef APP_TIMELINE_PARTS_H
#define APP_TIMELINE_PARTS_H

#include "app/call.h"
#include "app/timeline_text.h"

enum {
	/* Records linked to a card whose entries are its, too. */
	TIMELINE_LINKED_MAX = 64,
	TIMELINE_TARGETS_MAX = TIMELINE_LINKED_MAX + 1,
};

/* The card (the first), or a record that is linked to it. */
struct timeline_target {
	const struct entity *entity;
	struct uuid id;
	struct timeline_text *title;
};

/*
 * What was looked at, and what is still to come: records below (at_us, kind,
 * id) and revisions below rev (0: all of them).
 */
struct timeline_position {
	int64_t at_us;
	uint32_t kind;
	struct uuid id;
	uint64_t rev;
};

struct timeline {
	struct app_call *call;
	struct timeline_target targets[TIMELINE_TARGETS_MAX];
	size_t n_targets;
	/* Kinds whose records are entries, and whether changes are. */
	struct field_set kinds;
	bool with_changes;
	/* The types as they were asked for: what a token is bound to. */
	struct field_set asked;
	struct timeline_position position;
};

/* timeline_targets.c */

/*
 * The card, and what is linked to it and the caller sees, the newest first.
 * NOT_FOUND.
 */
MODEL_MUST_USE enum outrider_code
timeline_find_targets(struct timeline *timeline, const struct entity *entity,
		      const struct uuid *id);
/*
 * The record as the caller sees it, in the call's page; NULL where they don't.
 */
MODEL_MUST_USE enum outrider_code
timeline_load(struct row **out, struct app_call *call,
	      const struct entity *entity, const struct uuid *id);
/* Does it refer to the target by anything that is left of it? */
bool timeline_refers(const struct row *row, const struct uuid *target);

/* timeline_merge.c */

struct timeline_merge;

/* The next of all lanes: a record that refers to targets, or a change of one.
 */
struct timeline_step {
	bool is_change;
	int64_t at_us;
	uint32_t kind; /* a record's */
	struct uuid id;
	uint64_t rev; /* a change's */
	/* Through whom it is here, ascending. */
	size_t via[TIMELINE_TARGETS_MAX];
	size_t n_via;
};

/* From the timeline's position on; n_wanted steps are a guess. */
MODEL_MUST_USE enum outrider_code
timeline_merge_open(struct timeline_merge **out, struct timeline *timeline,
		    size_t n_wanted);
/* Takes the next one, and moves the timeline's position behind it. */
MODEL_MUST_USE enum outrider_code
timeline_merge_next(struct timeline_merge *merge, struct timeline_step *out,
		    bool *has_step);
bool timeline_merge_has_more(const struct timeline_merge *merge);

/* timeline_entry.c */

/*
 * Writes the TimelineEntry of a step into the empty buffer; leaves it empty
 * where the caller doesn't see it.
 */
MODEL_MUST_USE enum outrider_code
timeline_write_entry(struct buffer *out, const struct timeline *timeline,
		     const struct timeline_step *step);

#endif
