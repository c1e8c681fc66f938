/*
 * A table of what is left to do. Knows not what.
 */
#include "store/jobs.h"
#include "store/parts.h"

enum outrider_code job_put(struct store_conn *tx, enum job_type type,
			   const struct uuid *subject, struct outrider_err *err)
{
	struct backend_value values[] = { value_int(type),
					  value_uuid(subject) };

	return store_run(tx, NULL, STATEMENT_JOB_PUT, values, ARRAY_LEN(values),
			 err);
}

enum outrider_code job_next(struct store_conn *conn, struct uuid *subject,
			    enum job_type type, struct outrider_err *err)
{
	struct backend_value values[] = { value_int(type) };
	struct query query;
	enum outrider_code code = query_first(&query, conn, STATEMENT_JOB_NEXT,
					      values, ARRAY_LEN(values),
					      "nothing is left to do", err);

	*subject = (struct uuid){ { 0 } };
	if (code == OUTRIDER_OK && !query_uuid(subject, &query, 0))
		code = store_damaged(conn, "job", err);
	query_end(&query);
	return code;
}

enum outrider_code job_done(struct store_conn *tx, enum job_type type,
			    const struct uuid *subject,
			    struct outrider_err *err)
{
	struct backend_value values[] = { value_int(type),
					  value_uuid(subject) };

	return store_run(tx, NULL, STATEMENT_JOB_DONE, values,
			 ARRAY_LEN(values), err);
}
