/*
 * The firm of sync_world in Ukraine, and the cards and communications of it:
 * for the tests of how people are reached.
 */
#ifndef REACH_WORLD_H
#define REACH_WORLD_H

#include "sync_world.h"

#include "app/kinds.h"

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

/* Fields that only the tests write. */
enum {
	COMPANY_NAME = 10,
	COMPANY_PHONES = 15,
	CONTACT_PHONES = 15,
	CONTACT_EMAILS = 16,
	CONTACT_MESSENGERS = 17,
	CALL_DIRECTION = 10,
	CALL_START = 13,
	CALL_COMPANY = 17,
	CALL_CONTACTS = 18,
	CALL_LEAD = 19,
	CALL_DEAL = 20,
	CALL_SUBJECT = 22,
	MESSAGE_DIRECTION = 11,
	MESSAGE_SEND_TIME = 16,
	MESSAGE_COMPANY = 20,
	MESSAGE_CONTACTS = 21,
	MESSAGE_LEAD = 22,
	ANSWER_FORM = 10,
	ANSWER_CONTACTS = 12,
	ANSWER_LEAD = 13,
	ANSWER_TIME = 18,
	FORM_NAME = 10,
};

/* As world_setup, with the region UA. */
int reach_setup(void **state);
#define WITH_REGION(test) \
	cmocka_unit_test_setup_teardown(test, reach_setup, world_teardown)

/* One nested message of up to three texts, by their numbers from 1 on. */
void put_nested(struct fields *f, uint32_t number, const char *first,
		const char *second, const char *third);

/* Calls with the record as the request's field 1. */
const struct harness_reply *send_record(struct world *w, const char *path,
					const struct harness_user *who,
					const struct fields *record);
/* Frees the record's fields and returns its id; fails the test where the call
 * failed. */
struct uuid must_send(struct world *w, const char *path,
		      const struct harness_user *who, struct fields *record);

struct fields call_fields(const char *number);
struct fields message_fields(unsigned channel, const char *address);

/* Through the standard methods. Texts and references may be NULL. */
struct uuid
make_call(struct world *w, const struct harness_user *who, const char *number);
struct uuid make_message(struct world *w, const struct harness_user *who,
			 unsigned channel, const char *address);
struct uuid make_contact(struct world *w, const struct harness_user *who,
			 const char *phone, const struct uuid *company);
struct uuid make_company(struct world *w, const struct harness_user *who,
			 const char *phone);
struct uuid make_lead(struct world *w, const struct harness_user *who,
		      const char *phone, uint64_t status);

/* A single reference, or the n-th of several; zero where there is none. */
struct uuid referred(struct world *w, uint32_t kind, const struct uuid *id,
		     uint32_t field, size_t n);
/* NULL: none. */
void expect_id(struct uuid got, const struct uuid *want);
/* Whom a call is with: one contact, a lead, a company; NULL: none. */
void expect_call(struct world *w, const struct uuid *call,
		 const struct uuid *contact, const struct uuid *lead,
		 const struct uuid *company);
void expect_text(struct world *w, uint32_t kind, const struct uuid *id,
		 uint32_t field, const char *want);
/* Of the n-th phone of a field. */
void expect_e164(struct world *w, uint32_t kind, const struct uuid *id,
		 uint32_t field, size_t n, const char *want);

#endif
