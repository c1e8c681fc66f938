/*
 * Work that a write leaves to be done after it, kept until it is done: a
 * server that stops in the middle goes on when it starts. What the work is,
 * is the app's.
 */
#ifndef STORE_JOBS_H
#define STORE_JOBS_H

#include "store/store.h"

/* Kinds of work, as they stand in the database. */
enum job_type {
	JOB_TEAM_MOVE = 1,  /* a user works in another team */
	JOB_BLOB_PURGE = 2, /* nobody needs a blob any more */
};

/* Says OK where it stands already. */
MODEL_MUST_USE enum outrider_code
job_put(struct store_conn *tx, enum job_type type, const struct uuid *subject,
	struct outrider_err *err);
/* Any that is left; NOT_FOUND. */
MODEL_MUST_USE enum outrider_code
job_next(struct store_conn *conn, struct uuid *subject, enum job_type type,
	 struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
job_done(struct store_conn *tx, enum job_type type, const struct uuid *subject,
	 struct outrider_err *err);

#endif
