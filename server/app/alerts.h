/*
 * Alerts: what a manager should look at. Made by the server alone, once for
 * each thing, as records that lie where their rep's records lie.
 *
 * An alert is prepared on a worker (words, identifier) and raised inside a
 * write. Its identifier is made of what it is about, so that raising it again
 * finds it there.
 */
#ifndef APP_ALERTS_H
#define APP_ALERTS_H

#include "app/write.h"
#include "store/identity.h"
#include "store/visits.h"

enum alert_type {
	ALERT_ABSENT = 1,
	ALERT_ELSEWHERE,
	ALERT_LATE,
	ALERT_SHORT,
	ALERT_NEARBY,
	ALERT_NO_DATA,
	ALERT_BAD_EVIDENCE,
	ALERT_NEW_DEVICE,
	ALERT_SPOOFING,
	ALERT_CHAIN_GAP,
	ALERT_RUNNING_LATE,
	ALERT_LATE_CHANGE,
	ALERT_TYPES, /* how many, the unspecified one too */
};

enum { ALERT_SENTENCE_MAX = 1000 };

struct alert {
	struct uuid id;
	enum alert_type type;
	struct uuid rep;     /* owns it: their managers see it, and they do */
	struct uuid meeting; /* zero: about none */
	/* Not 0: the meeting's name and this day belong before the sentence. */
	int64_t meeting_start_us;
	bool is_check_in;  /* of a visit that nobody planned */
	int64_t event_us;  /* when it happened, not when it became known */
	uint8_t certainty; /* as model/visit.h numbers it */
	/* What was expected, what was seen, how sure. What a manager can do,
	 * with the rep's name, is added where it is raised. */
	char sentence[ALERT_SENTENCE_MAX + 1];
};

/* Of its sentence, without the full stop. */
size_t alert_sentence_len(const struct alert *alert);

/*
 * What a finding asks for; false where there is nothing to look at. A word
 * that accuses does so only where it is firm and the server found it itself;
 * NEARBY and NO_DATA ask the manager to look, and accuse nobody.
 */
bool alert_of_visit(struct alert *out, const struct visit_finding *visit);

/*
 * Of NO_DATA: says what the phone told of why, if it did. Reads the evidence,
 * inside a write.
 */
MODEL_MUST_USE enum outrider_code
alert_explain_no_data(struct alert *alert, struct store_conn *tx,
		      const struct visit_finding *visit, struct arena *arena,
		      struct outrider_err *err);

/*
 * The device's entry `number` was refused, or says what doesn't follow from
 * what it holds: one alert for each device, UTC day of now_us and reason, told
 * of the first number, so that a device that sends nonsense buries nothing.
 * reason is a clause such as "its signature doesn't verify", one of a few.
 */
void alert_of_bad_evidence(struct alert *out,
			   const struct identity_device *device,
			   uint64_t number, const char *reason, int64_t now_us);

/*
 * A user who has a device enrolled another. For the enrolment's write:
 * prepare before, raise if identity_device_count says that it is not the
 * first.
 */
void alert_of_new_device(struct alert *out,
			 const struct identity_device *device);

/*
 * No evidence has come of the meeting's owner in a day and more. The same
 * alert as that of evidence that has no data.
 */
void alert_of_silence(struct alert *out, const struct row *meeting);

/*
 * Made-up positions: false where the finding's score is below what asks for a
 * person (model/spoof.h). Once a meeting and rep.
 */
bool alert_of_spoofing(struct alert *out, const struct visit_finding *visit);

/*
 * Entries of the device's chain are missing, or it began anew at `number`: one
 * alert for each device and UTC day of now_us. reason as above.
 */
void alert_of_chain_gap(struct alert *out, const struct identity_device *device,
			uint64_t number, const char *reason, int64_t now_us);

/*
 * The rep will come to the meeting later than planned, by a straight line: once
 * a meeting, whatever comes of it.
 */
void alert_of_running_late(struct alert *out, const struct row *meeting,
			   const struct uuid *rep, int64_t expected_us,
			   int64_t now_us);

/*
 * The meeting was moved, or called off or deleted, after its window had opened,
 * as it is marked: once a meeting for each of the two. agreed_us is the start
 * that counts.
 */
void alert_of_late_change(struct alert *out, const struct row *meeting,
			  int64_t agreed_us, int64_t now_us);

/* Of a type that is about one meeting and rep: its name, whenever it is asked
 * for. */
struct uuid alert_id_of(enum alert_type type, const struct uuid *meeting,
			const struct uuid *rep);

/*
 * Writes it; says OK and does nothing where it stands already, open or
 * closed, and where its rep is gone. arena may go with it.
 */
MODEL_MUST_USE enum outrider_code
alert_raise(struct app *app, struct store_conn *tx, const struct alert *alert,
	    struct arena *arena, struct outrider_err *err);

/*
 * What the alert warned of is over: closes it, with why as its resolution, a
 * sentence that lives as long as arena. Says OK and does nothing where there is
 * no such alert, or a manager closed it before. Streams that tell each thing
 * once don't tell that.
 */
MODEL_MUST_USE enum outrider_code
alert_close_itself(struct app *app, struct store_conn *tx,
		   const struct uuid *id, const char *why, struct arena *arena,
		   struct outrider_err *err);
/* The same, but where the rep has answered: somebody has to read that. */
MODEL_MUST_USE enum outrider_code
alert_close_unanswered(struct app *app, struct store_conn *tx,
		       const struct uuid *id, const char *why,
		       struct arena *arena, struct outrider_err *err);
/* Has it closed itself, and nobody said anything to it since? */
bool alert_is_over(const struct row *alert);

#endif
