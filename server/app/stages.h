/*
 * Stages of pipelines, as writes look them up.
 */
#ifndef APP_STAGES_H
#define APP_STAGES_H

#include "store/store.h"

/* One that stands; *out NULL where there is none of that id. */
MODEL_MUST_USE enum outrider_code
stage_get(struct row **out, struct store_conn *conn, const struct uuid *id,
	  struct arena *arena, struct outrider_err *err);
/* The first of a pipeline's by position, then by id; *out NULL: it has none. */
MODEL_MUST_USE enum outrider_code
stage_first(struct row **out, struct store_conn *conn,
	    const struct uuid *pipeline, struct arena *arena,
	    struct outrider_err *err);

#endif
