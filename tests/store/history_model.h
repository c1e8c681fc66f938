/*
 * Random lives of a few records beside each other, and what their histories
 * must be: loops over all that was written.
 */
#ifndef TESTS_STORE_HISTORY_MODEL_H
#define TESTS_STORE_HISTORY_MODEL_H

#include "suite.h"

enum { HISTORY_RECORDS = 5, HISTORY_REVS_MAX = 1024 };

struct history_model {
	struct suite *suite;
	struct history_record {
		const struct entity *entity;
		struct uuid id;
		enum history_state {
			HISTORY_ABSENT,
			HISTORY_STANDS,
			HISTORY_DELETED
		} state;
		bool was_forgotten;
	} records[HISTORY_RECORDS];
	uint64_t last_rev;
	/* By revision; whose: a record's number. */
	size_t whose[HISTORY_REVS_MAX];
	enum change_op op[HISTORY_REVS_MAX];
	unsigned n_back; /* records made again that were forgotten */
};

/* The database is empty. Two records of different kinds have one id. */
void history_model_init(struct history_model *model, struct suite *suite);
/* Creates, updates, deletes, undeletes and, sometimes, forgets. */
void history_model_write(struct history_model *model, unsigned n);
/* Each record, below each revision, in pages of several lengths. */
void history_model_check(struct history_model *model);

#endif
