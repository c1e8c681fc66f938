/*
 * A small firm with cards, and its timelines read back: for the tests of
 * timelines.
 */
#ifndef CARD_WORLD_H
#define CARD_WORLD_H

#include "app_harness.h"

/* Numbers of the contract. */
enum {
	COMPANY_NAME = 10,
	COMPANY_PHONES = 15,
	COMPANY_CATEGORIES = 18,
	COMPANY_SIZE = 23,
	COMPANY_EMPLOYEES = 24,
	CONTACT_FAMILY_NAME = 11,
	CONTACT_COMPANIES = 14,
	CONTACT_CONSENTED = 22,
	CONTACT_CONSENT_TIME = 23,
	DEAL_NAME = 10,
	DEAL_COMPANY = 11,
	DEAL_CONTACTS = 12,
	DEAL_PIPELINE = 13,
	DEAL_STAGE = 14,
	DEAL_COST = 18,
	DEAL_LEAD = 32,
	DEAL_DESCRIPTION = 33,
	LEAD_NAME = 10,
	LEAD_CONTACT = 28,
	LEAD_COMPANY = 29,
	LEAD_DEAL = 30,
	NOTE_TEXT = 10,
	NOTE_COMPANY = 11,
	NOTE_CONTACT = 12,
	NOTE_TIME = 14,
	NOTE_LEAD = 15,
	NOTE_DEAL = 16,
	TASK_SUBJECT = 10,
	TASK_DUE = 12,
	TASK_COMPANY = 19,
	TASK_CONTACTS = 20,
	CUSTOM = 250,
	SHARED_USERS = 251,
};

#define SECOND_US   INT64_C(1000000)
#define ENTRIES_MAX 4096

struct card_entry {
	int64_t at_us;
	char kind[41];
	struct uuid id;
	char title[1001];
	struct uuid user;
	char by_kind[41];
	struct uuid by_id;
	uint64_t change; /* its type; 0: a record */
	size_t n_fields;
	struct {
		char path[101], before[401], after[401];
	} fields[4];
};

struct card_page {
	size_t n;
	struct card_entry *entries;
	char token[128];
};

struct card_test {
	struct app_harness harness;
	struct uuid north;
	struct harness_user rep, other, boss;
	struct uuid pipeline, stage;
	struct card_page page;
	struct card_page all;
};

/* Takes the record; a second goes by. */
struct uuid card_create(struct card_test *t, const char *token,
			const char *kind, struct buffer record);
/* Takes the fields. */
void card_update(struct card_test *t, const char *token, const char *kind,
		 const struct uuid *id, struct buffer fields);
void card_act(struct card_test *t, const char *token, const char *verb,
	      const char *kind, const struct uuid *id);
struct buffer card_named(uint32_t number, const char *name);
struct uuid
card_add_company(struct card_test *t, const char *token, const char *name);
struct uuid card_add_contact(struct card_test *t, const char *token,
			     const char *name, const struct uuid *company);
struct buffer card_deal(struct card_test *t, const char *name);
/* A note that refers to something by a field, written so long before it is
 * created. */
struct uuid card_add_note(struct card_test *t, const char *token,
			  const char *text, uint32_t field,
			  const struct uuid *target, int64_t ago_us);
const struct harness_reply *card_ask(struct card_test *t, const char *token,
				     const char *kind, const struct uuid *id,
				     const char *const *types, uint64_t size,
				     const char *page_token);
/* The first page, in t->page. */
struct card_page *card_first(struct card_test *t, const char *token,
			     const char *kind, const struct uuid *id,
			     const char *const *types, uint64_t size);
/* All pages, in t->all. */
struct card_page *card_all(struct card_test *t, const char *token,
			   const char *kind, const struct uuid *id,
			   const char *const *types, uint64_t size);
void card_assert_entry(const struct card_entry *entry, const char *kind,
		       const struct uuid *id, uint64_t change);
void card_assert_by(const struct card_entry *entry, const char *kind,
		    const struct uuid *id);
/*
 * The rep gets a role that hides a field ("note.text"), or a whole kind; NULL:
 * neither.
 */
void card_hide(struct card_test *t, const char *field, const char *kind);
int card_open_firm(void **state);
int card_close_firm(void **state);
/* Appends the entries of an answer. */
void card_read_page(struct card_page *page, const struct harness_reply *reply);

#endif
