/*
 * What reps say to findings: the newest word of one on a meeting.
 */
#ifndef APP_VISITS_REBUTTAL_H
#define APP_VISITS_REBUTTAL_H

#include "store/store.h"

/* *out NULL where the rep has said nothing. */
MODEL_MUST_USE enum outrider_code
rebuttal_newest(struct row **out, struct store_conn *conn,
		const struct uuid *meeting, const struct uuid *rep,
		struct arena *arena, struct outrider_err *err);

#endif
