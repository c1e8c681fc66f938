/*
 * positions: where the rep is during their meetings, on its way to the server.
 *
 * Owns a queue in memory, and nothing on disk: at most one position a minute,
 * from fixes inside open windows alone; those of a change of progress at once.
 * What the server doesn't hear in this run it never hears. It refuses to know
 * how a window is judged.
 */
#ifndef CORE_POSITIONS_H
#define CORE_POSITIONS_H

#include "model/arena.h"
#include "model/err.h"
#include "model/tick.h"
#include "progress.h"

enum { POSITIONS_MAX = 200 }; /* of one request, too */

struct position {
	struct fix fix;
	uint8_t meeting_id[16];
	enum outrider_progress stage;
	int64_t expected_us;
	bool is_urgent; /* somebody waits for it */
};

struct positions {
	struct position at[POSITIONS_MAX]; /* oldest first */
	size_t n;
	size_t n_sent;	   /* of them in the call under way */
	int64_t newest_us; /* the last one kept */
	bool is_urgent;	   /* one of them is */
};

/* Would a fix of that time be kept without urgency? */
bool positions_are_due(const struct positions *positions, int64_t time_us);
void positions_add(struct positions *positions, const struct fix *fix,
		   const uint8_t meeting_id[16],
		   const struct progress *progress, bool is_urgent);
void positions_wipe(struct positions *positions);

/* Appends a ReportPositionRequest with all there is; nothing where there is
 * nothing. Errors: RESOURCE_EXHAUSTED. */
MODEL_MUST_USE enum outrider_code positions_request(struct positions *positions,
						    struct buffer *request,
						    struct outrider_err *err);
/* The server has taken or refused them: they are forgotten. */
void positions_answered(struct positions *positions);

#endif
