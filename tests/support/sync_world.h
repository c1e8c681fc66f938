/*
 * A small firm for the tests of sync and visits: two teams under the root, a
 * manager and reps with phones, and a hand that writes records on the server
 * as the server itself does.
 */
#ifndef SYNC_WORLD_H
#define SYNC_WORLD_H

#include "model_phone.h"
#include "wire_kinds.h"

/* Kinds and fields that the tests write. */
enum {
	CONTACT_GIVEN_NAME = 10,
	CONTACT_FAMILY_NAME = 11,
	CONTACT_MIDDLE_NAME = 12,
	CONTACT_POSITION = 13,
	CONTACT_ADDRESS = 19,
	CONTACT_INTERESTS = 21,
	MEETING = 6,
	MEETING_SUBJECT = 10,
	MEETING_START = 11,
	MEETING_END = 12,
	MEETING_LATITUDE = 14,
	MEETING_LONGITUDE = 15,
	MEETING_RADIUS = 16,
	MEETING_MIN_DWELL = 17,
	MEETING_PARTICIPANTS = 20,
	MEETING_VISIT_STATE = 21,
	NOTE = 7,
	NOTE_TEXT = 10,
	ALERT = 8,
	USER = 1,
	USER_TEAM = 13,
};

struct world {
	struct app_harness h;
	struct uuid north, south;
	struct harness_user mia;       /* manager, north */
	struct harness_user anna, ben; /* reps, north */
	struct harness_user carl;      /* rep, south */
};

void world_open(struct world *w);
void world_close(struct world *w);
/* For cmocka: *state becomes an open world. */
int world_setup(void **state);
int world_teardown(void **state);
#define WITH_WORLD(test) \
	cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)

struct model_phone
world_phone(struct world *w, const struct harness_user *user);
/* Pulls have this many records a page from now on. */
void world_small_pages(struct world *w, size_t records);
/* A phone's edit of one text field of a contact. */
uint64_t world_edit(struct model_phone *p, enum model_op op,
		    const struct uuid *id, uint32_t field, const char *text);
/* A second passes. */
void world_tick(struct world *w);

/* Fields of a record in the making. */
struct fields {
	struct buffer bytes;
};
struct fields fields_new(void);
void fields_text(struct fields *f, uint32_t number, const char *text);
void fields_id(struct fields *f, uint32_t number, const struct uuid *id);
void fields_number(struct fields *f, uint32_t number, uint64_t value);
void fields_double(struct fields *f, uint32_t number, double value);
void fields_time(struct fields *f, uint32_t number, int64_t us);
struct bytes fields_bytes(const struct fields *f);
void fields_free(struct fields *f);

/* The server's own hand: no permission is asked. fields may be NULL. */
enum outrider_code world_try(struct world *w, int op, uint32_t kind,
			     const struct uuid *id, const struct fields *fields,
			     const uint32_t *cleared, size_t n_cleared);
/* These fail the test where the write fails. */
struct uuid world_create(struct world *w, uint32_t kind,
			 const struct harness_user *owner,
			 const struct fields *fields);
struct uuid world_contact(struct world *w, const struct harness_user *owner,
			  const char *family_name);
/* Half an hour from start_us, at the pin 50.1, 14.4; participant or NULL. */
struct uuid world_meeting(struct world *w, const struct harness_user *owner,
			  int64_t start_us,
			  const struct harness_user *participant);
void world_set(struct world *w, uint32_t kind, const struct uuid *id,
	       uint32_t field, const char *text);
void world_clear(struct world *w, uint32_t kind, const struct uuid *id,
		 uint32_t field);
void world_give(struct world *w, uint32_t kind, const struct uuid *id,
		const struct harness_user *owner);
void world_delete(struct world *w, uint32_t kind, const struct uuid *id);
void world_undelete(struct world *w, uint32_t kind, const struct uuid *id);
/* The user works in another team from now on. */
void world_move(struct world *w, struct harness_user *user,
		const struct uuid *team);

/* A record as it stands; lives until the next call. */
const struct row *
world_row(struct world *w, uint32_t kind, const struct uuid *id);
/* A text field of it. */
void world_text(char *out, size_t size, struct world *w, uint32_t kind,
		const struct uuid *id, uint32_t field);

#endif
