/*
 * Records: rows of values, and the canonical bytes of their fields.
 *
 * Canonical form (docs/formats/record.md): ascending field numbers, minimal
 * varints, defaults omitted, repeated scalars packed, -0.0 as 0, NaN refused,
 * nested messages canonical too, unknown fields dropped. Only this file
 * makes it.
 */
#ifndef MODEL_RECORD_H
#define MODEL_RECORD_H

#include "model/arena.h"
#include "model/err.h"
#include "model/schema.h"
#include "model/uuid.h"

#define RECORD_FIELDS_MAX 64 /* own fields of a kind; the generator checks */

/* A set of field numbers below 256, system ones included. */
struct field_set {
	uint64_t bits[4];
};

static inline void field_set_add(struct field_set *set, uint32_t number)
{
	set->bits[number / 64] |= UINT64_C(1) << number % 64;
}

static inline bool field_set_has(const struct field_set *set, uint32_t number)
{
	return number < 256 && set->bits[number / 64] >> number % 64 & 1;
}

static inline void field_set_remove(struct field_set *set, uint32_t number)
{
	set->bits[number / 64] &= ~(UINT64_C(1) << number % 64);
}

bool field_set_is_empty(const struct field_set *set);
/* The least number of it from there on; FIELD_SET_END: there is none. */
enum { FIELD_SET_END = 256 };
uint32_t field_set_next(const struct field_set *set, uint32_t from);

/*
 * One value of a row. By type: integers in i, FIELD_DOUBLE in d; strings,
 * bytes and UUIDs (16 bytes) in bytes; repeated and nested fields in bytes,
 * as the whole canonical encoding with tags. A value that is the default
 * (0, empty; a nested message without a field) is "not set": all zero.
 */
struct value {
	union {
		int64_t i;
		double d;
	};
	struct bytes bytes;
};

/* A record as the store holds it. */
struct row {
	const struct entity *entity;
	struct uuid id;
	uint64_t rev;
	struct uuid owner, team; /* zero: none */
	int64_t created_us, updated_us;
	int64_t deleted_us; /* 0: stands */
	/* entity->n_fields values, in the entity's order */
	struct value *values;
	/*
	 * For each own field, the revision that last changed it;
	 * frev_owner likewise for the owner and team.
	 */
	uint64_t *frev;
	uint64_t frev_owner;
};

/* An empty row with its arrays in the arena; NULL without memory. */
struct row *row_new(struct arena *arena, const struct entity *entity);
/* A copy that shares the values' bytes. */
struct row *row_copy(struct arena *arena, const struct row *row);
bool value_is_set(const struct value *value);
bool value_equal(const struct field *field, const struct value *a,
		 const struct value *b);

/* The value of an own field; NULL where the kind has none of that number. */
struct value *row_value(const struct row *row, uint32_t number);

/*
 * Reads the fields of bytes (checked with wire_check before) into the row,
 * made canonical: own fields and owner. Known fields of bytes are added to
 * *present (may be NULL), also those with a default value, which empties the
 * row's. Other system fields are passed over, but for the id, which fills
 * row->id where it is set. A field of a oneof empties the others of it. Values
 * live in the arena; bytes need not outlive the call.
 * Errors: INVALID_ARGUMENT where bytes were not checked and are malformed,
 * RESOURCE_EXHAUSTED.
 */
MODEL_MUST_USE enum outrider_code
record_read(struct row *row, struct field_set *present, struct arena *arena,
	    struct bytes bytes, struct outrider_err *err);

/*
 * Appends the canonical bytes of the fields in which: own fields, and owner
 * and team where named. which NULL means all of those.
 */
void record_write(struct buffer *out, const struct row *row,
		  const struct field_set *which);

/* Appends the whole resource message: system fields, then own ones. */
void record_write_resource(struct buffer *out, const struct row *row);

/* Writes the etag of a revision: "r" and a decimal number. */
void record_etag(char out[24], uint64_t rev);
/* The revision of an etag, or 0 where it is not one of ours. */
uint64_t record_etag_rev(const char *text, size_t len);

/*
 * The phone's splice: whole top-level fields of delta replace those of base,
 * numbers in cleared are dropped, members of a oneof clear together. base
 * and delta are in ascending order; unknown fields survive.
 * Errors: INVALID_ARGUMENT where either is malformed or not ascending.
 */
MODEL_MUST_USE enum outrider_code
fields_splice(struct buffer *out, const struct message *message,
	      struct bytes base, struct bytes delta,
	      const struct field_set *cleared, struct outrider_err *err);

/*
 * The payload of the first occurrence of a field in record bytes: its text, its
 * bytes, the nested message. at NULL where it is absent or a number; wire_find
 * gives those.
 */
struct bytes fields_find(struct bytes fields, uint32_t number);

/*
 * Laws that hold for any record of the kind, whoever writes it: required
 * fields, and what no table can state (a meeting ends after it starts).
 * Errors: INVALID_ARGUMENT naming the field.
 */
MODEL_MUST_USE enum outrider_code
record_check(const struct row *row, struct outrider_err *err);

/*
 * Visits the references and the handles in the own fields of a row, nested
 * ones included; owner and team are the row's own. callback gets the field and
 * the reference's id or the handle's text.
 */
void record_references(const struct row *row,
		       void (*callback)(void *user, const struct field *field,
					const struct uuid *target),
		       void *user);
void record_handles(const struct row *row,
		    void (*callback)(void *user, const struct field *field,
				     struct bytes text),
		    void *user);

#endif
