/*
 * events: what the host is told, in order. Owns a ring that never grows: where
 * it is full, the oldest goes.
 */
#ifndef CORE_EVENTS_H
#define CORE_EVENTS_H

#include "outrider.h"

enum { EVENTS_MAX = 64 };

struct events {
	struct outrider_event ring[EVENTS_MAX];
	unsigned first, count;
};

/* id may be NULL, format may be NULL. */
void events_push(struct events *events, enum outrider_event_type type,
		 const uint8_t id[16], enum outrider_code code,
		 const char *format, ...) __attribute__((format(printf, 5, 6)));
/* How far a sync has come, and SYNC_DONE. Progress that is unread is replaced
 * by the next. */
void events_count(struct events *events, enum outrider_event_type type,
		  uint64_t pulled, uint64_t pushed);
/* OUTBOX_DAMAGED. */
void events_lost(struct events *events, uint64_t n);
bool events_take(struct events *events, struct outrider_event *out);

#endif
