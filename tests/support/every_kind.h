/*
 * Every kind through the server, out of the tables: a firm whose
 * administrator makes a record of any kind, with those that it refers to. No
 * line per kind.
 */
#ifndef EVERY_KIND_H
#define EVERY_KIND_H

#include "app_harness.h"
#include "record_maker.h"

struct every_kind {
	struct app_harness harness;
	struct arena arena;
	/* One record of each kind that references may name. */
	struct uuid targets[256];
	uint8_t content_hash[32];
	unsigned seed;
};

/* A cmocka test's setup and teardown. */
int every_open(void **state);
int every_close(void **state);
/* Stands as it was written: no method alters it. It has tests of its own. */
bool every_stands(const struct entity *entity);
/* Runs for each kind but those that stand; says which one where it fails. */
void every_kind_runs(struct every_kind *t,
		     void (*run)(struct every_kind *, const struct entity *));

/* NULL where the kind has no such method. */
const struct method *
every_method(const struct entity *entity, enum method_verb verb);
/* As the administrator; frees the request. */
const struct harness_reply *
every_call(struct every_kind *t, const struct entity *entity,
	   enum method_verb verb, struct buffer *request);
/* Create, or Update with a mask of one path (NULL: none); frees the record. */
struct buffer every_request(struct buffer *record, const char *path);
struct buffer every_request_by_id(const struct uuid *id);

/* Has the server a hand in it: is it, or has it, what is output_only? */
bool every_is_servers(const struct field *field);

/* Other values each time. */
struct record_maker every_maker(struct every_kind *t);
/* What only the server makes, it makes itself. */
struct uuid every_make(struct every_kind *t, const struct entity *entity);
/* In the server's own hand: with fields that only it sets. */
enum outrider_code every_write(struct every_kind *t, struct uuid *id,
			       const struct row *row, struct outrider_err *err);
/* A resource's bytes as a row, in the arena. */
struct row *every_read_row(struct every_kind *t, const struct entity *entity,
			   struct bytes bytes);
struct row *every_get_row(struct every_kind *t, const struct entity *entity,
			  const struct uuid *id);
/* How often List shows the record, page by page. */
size_t every_count_listed(struct every_kind *t, const struct entity *entity,
			  const struct uuid *id, int page_size,
			  bool show_deleted);

#endif
