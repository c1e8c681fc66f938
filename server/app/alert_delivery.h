/*
 * When a user is told of an alert: at once, or later with others. Owns quiet
 * hours, bursts and the sentence of a digest; knows no stream and no store
 * beyond its settings.
 */
#ifndef APP_ALERT_DELIVERY_H
#define APP_ALERT_DELIVERY_H

#include "app/alerts.h"
#include "store/delivery.h"

enum {
	DELIVERY_BURST = 5,  /* where the user never said */
	DIGEST_ALERTS = 500, /* that one carries, the newest */
	DIGEST_SENTENCE_MAX = 1000,
};

/*
 * Is it quiet at that moment, by the organisation's clocks? *until_us gets the
 * end, or, where it is never quiet, nothing: it may be days ahead, and is
 * asked for again when it comes.
 */
bool delivery_is_quiet(const struct alert_delivery *delivery, int64_t at_us,
		       int64_t *until_us);

bool delivery_is_urgent(const struct alert_delivery *delivery, int64_t type);

/* What is said of many at once. */
struct digest_counts {
	uint64_t n, of_type[ALERT_TYPES]; /* unknown types count as 0 */
	int64_t since_us;
};

/* "7 alerts since 18:00 EET: 4 late, 2 absent, 1 new device." */
void digest_sentence(char out[DIGEST_SENTENCE_MAX + 1],
		     const struct digest_counts *counts, int64_t now_us);

#endif
