/*
 * A backend over another one whose n-th operation on the writer's connection
 * fails: once, and by choice with the whole transaction rolled back, as
 * SQLite does when the disk is full.
 */
#ifndef TESTS_STORE_FAIL_BACKEND_H
#define TESTS_STORE_FAIL_BACKEND_H

#include "store/backend.h"

enum fail_how {
	FAIL_OPERATION,	  /* it does nothing and says so */
	FAIL_TRANSACTION, /* it takes the transaction along */
	FAIL_COMMITS,	  /* as before, and nothing but COMMITs counts */
};

struct fail_backend {
	struct store_backend backend; /* what the store is given */
	const struct store_backend *inner;
	enum fail_how how;
	uint64_t fail_at; /* 0: never; counted from 1 */
	uint64_t n_operations;
	bool has_failed;
	char failed_sql[64]; /* the beginning of its statement */
};

void fail_backend_init(struct fail_backend *fail,
		       const struct store_backend *inner);

#endif
