/*
 * What every test of the store needs: a world with its own clock, random
 * source and log, a database in a place of its own, records to write, and a
 * check of everything that must hold between the tables at any time.
 */
#ifndef TESTS_STORE_SUITE_H
#define TESTS_STORE_SUITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "store/backend.h"
#include "store/identity.h"
#include "store/store.h"
#include "store/visits.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

struct suite {
	const struct store_backend *backend;
	struct store_config config;
	struct context context;
	char dir[128], path[192];
	int64_t now_us;
	uint64_t random;
	atomic_uint n_logged;	     /* warnings and errors */
	struct backend_conn *anchor; /* keeps a database in memory alive */
	struct store *store;
	struct store_conn *reader;
	struct arena arena;
	uint64_t committed_rev; /* as on_commit said */
};

/* A fresh directory, and a context; no database yet. */
void suite_init(struct suite *suite, const struct store_backend *backend);
/*
 * The contract's first kinds alone, contact and company among them: a database
 * that is made in a moment, and is small. Before it is opened.
 */
void suite_keep_small(struct suite *suite);
/* Creates and opens, with a reader. */
void suite_open(struct suite *suite, bool is_inline);
void suite_reopen(struct suite *suite);
void suite_close(struct suite *suite);
/* Closes, and removes the directory. */
void suite_free(struct suite *suite);
/* Of the database's file ("") or of its log ("-wal"); 0: there is none. */
int64_t suite_file_bytes(const struct suite *suite, const char *ending);

uint64_t suite_random(struct suite *suite); /* seeded, not secret */
struct uuid suite_uuid(struct suite *suite);
struct scope suite_scope(unsigned n); /* user:n; 0: org */

/* One write of one record, made of few words. */
struct act {
	struct uuid id, owner;
	const struct entity *entity;
	const char *name;	    /* NULL: as it was */
	const char *phone;	    /* NULL: as it was, "": none */
	const struct uuid *company; /* NULL: as it was, zero: none */
	size_t padding;		    /* bytes of text beside the name */
	uint64_t want_old_rev;	    /* 0: whatever stands */
	size_t n_scopes;
	struct scope scopes[8];
	enum change_op op;
	bool then_fail; /* the closure returns ABORTED in the end */
	/* out */
	unsigned n_runs;
	uint64_t rev;
};

/* The closure of an act: a store_run_fn over a struct act. */
enum outrider_code
act_run(void *user, struct store_conn *tx, struct outrider_err *err);
/* Submits and waits. */
enum outrider_code suite_do(struct suite *suite, struct act *act);

const struct entity *contact_entity(void);
struct bytes text_bytes(const char *text);

/*
 * Everything that must hold, read through a connection of its own: a dense
 * log; rows, feed, links and handles that say the same. Fails the test.
 */
void suite_check(struct suite *suite);

/* One number of an SQL text, through the backend. */
int64_t suite_number(struct suite *suite, const char *sql);
/* Through a connection of its own, past the store. */
void suite_exec(struct suite *suite, const char *sql);

#define assert_ok(code, err) \
	assert_code_is(OUTRIDER_OK, (code), &(err), __FILE__, __LINE__)
#define assert_code(want, code, err) \
	assert_code_is((want), (code), &(err), __FILE__, __LINE__)
void assert_code_is(enum outrider_code want, enum outrider_code got,
		    const struct outrider_err *err, const char *file, int line);

/* contract.c: the tests that every backend must pass; returns main's code. */
int contract_run(const char *name, const struct store_backend *backend);

#endif
