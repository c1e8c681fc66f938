/*
 * Where a rep is, as far as anybody may ask: in the windows of their own
 * meetings, a quarter of an hour about each, and nowhere else. Owns what a
 * window is on the server, the straight-line estimate of arrivals, and the
 * sentences. Reads; writes nothing, and asks no permission.
 */
#ifndef APP_WHEREABOUTS_H
#define APP_WHEREABOUTS_H

#include "store/positions.h"

enum {
	/* Less is not late: a straight line isn't that good. */
	WHEREABOUTS_LATE_MIN_S = 5 * 60,
	WHEREABOUTS_SENTENCE_MAX = 500,
};

/* As MeetingProgress counts. */
enum progress {
	PROGRESS_NONE,
	PROGRESS_ON_THE_WAY,
	PROGRESS_ARRIVED,
	PROGRESS_IN_PROGRESS,
	PROGRESS_ENDED,
};

/*
 * The meetings of a rep that they own or take part in, not cancelled, by
 * their start. One that began more than a day before the first moment is
 * passed over, however long it is.
 */
struct rep_day {
	struct row **meetings;
	size_t n;
};

/* In a snapshot: what matters from one moment to a day after another. */
MODEL_MUST_USE enum outrider_code
rep_day_read(struct rep_day *out, struct store_conn *conn,
	     const struct uuid *rep, int64_t from_us, int64_t now_us,
	     struct arena *arena, struct outrider_err *err);

/* Is the moment in the meeting's window, as it is planned or was agreed? */
bool meeting_is_open(const struct row *meeting, int64_t at_us);
/* Of the day; NULL where there is none. With several, the preferred one, or
 * that which starts last and has started, or else the first to start. */
const struct row *rep_day_open(const struct rep_day *day, int64_t at_us,
			       const struct uuid *preferred);
/* The first that starts after this one; NULL where there is none. */
const struct row *
rep_day_after(const struct rep_day *day, const struct row *meeting);

/* False where the meeting has no pin. */
bool meeting_pin(struct geo_pin *out, const struct row *meeting);
/* How long the way takes: a straight line at the speed of a town. */
int64_t travel_us(struct geo_pin from, struct geo_pin to);
/* Seconds by which an arrival is late, 0 where it is by less than the least. */
int32_t lateness_s(const struct row *meeting, int64_t expected_us);

struct whereabouts {
	bool is_at_work, has_position;
	struct position position;  /* where has_position */
	const struct row *meeting; /* under way or next; NULL: none */
	enum progress progress;
	int64_t expected_us; /* 0: not on the way */
	int32_t late_s;
	char sentence[WHEREABOUTS_SENTENCE_MAX + 1];
};

/* In a snapshot. out->meeting lives in the arena. */
MODEL_MUST_USE enum outrider_code
whereabouts_find(struct whereabouts *out, struct store_conn *conn,
		 const struct uuid *rep, int64_t now_us, struct arena *arena,
		 struct outrider_err *err);

#endif
