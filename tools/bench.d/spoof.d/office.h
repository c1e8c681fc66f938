/*
 * office: a firm's server and its reps' phones in one process.
 *
 * Owns the real server, in memory, the time that is true, and the lines that
 * carry a phone's calls there and the answers back. Phones are real cores on
 * files of the working folder. It refuses to know what reps do with them.
 * Whatever should work and doesn't ends the program.
 */
#ifndef BENCH_SPOOF_OFFICE_H
#define BENCH_SPOOF_OFFICE_H

#include "app/alerts.h"
#include "app_harness.h"
#include "phone_host.h"
#include "store/visits.h"

struct office {
	struct app_harness server;
	struct uuid rep;
	struct buffer answer; /* of the last call */
};

/* A firm with one rep, who has no phone yet. */
void office_open(struct office *office, int64_t now_us);
void office_close(struct office *office);
void office_set_time(struct office *office, int64_t now_us);
/* Time passes, and the server does what is due. */
void office_wait(struct office *office, int64_t us);

/* A new phone, with a code for the rep, unlocked. */
void office_hand_out(struct office *office, struct phone *phone);
/* From the first call to the last. */
void office_sync(struct office *office, struct phone *phone);

/* Is there one of the types, each a bit 1 << enum alert_type, with these words
 * in it? Of a meeting, or where it is NULL of anything. */
bool office_has_alert(struct office *office, uint32_t types, const char *words,
		      const struct uuid *meeting);
/* What stands about the rep's visit; false: nothing. */
bool office_visit(struct office *office, struct visit_finding *out,
		  const struct uuid *meeting);
/* The bundle of a visit, for tools/verify, until the next call; empty where
 * there is none. */
struct bytes office_bundle(struct office *office, const struct uuid *meeting);

#endif
