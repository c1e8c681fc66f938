/*
 * events: a ring of what the host has not yet taken.
 */
#include "events.h"

#include "model/utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static struct outrider_event *at(struct events *events, unsigned i)
{
	return &events->ring[(events->first + i) % EVENTS_MAX];
}

/* A place behind the last one. A full ring loses its oldest. */
static struct outrider_event *append(struct events *events)
{
	if (events->count == EVENTS_MAX) {
		events->first = (events->first + 1) % EVENTS_MAX;
		events->count--;
	}
	events->count++;
	return at(events, events->count - 1);
}

void events_push(struct events *events, enum outrider_event_type type,
		 const uint8_t id[16], enum outrider_code code,
		 const char *format, ...)
{
	struct outrider_event *event = append(events);
	va_list arguments;
	int len;

	*event = (struct outrider_event){ .type = type, .code = code };
	if (id != NULL)
		memcpy(event->id, id, sizeof(event->id));
	if (format == NULL)
		return;
	va_start(arguments, format);
	len = vsnprintf(event->text, sizeof(event->text), format, arguments);
	va_end(arguments);
	if (len >= (int)sizeof(event->text))
		event->text[utf8_whole(event->text, sizeof(event->text) - 1)] =
			0;
}

void events_count(struct events *events, enum outrider_event_type type,
		  uint64_t pulled, uint64_t pushed)
{
	struct outrider_event *last =
		events->count > 0 ? at(events, events->count - 1) : NULL;

	if (last == NULL || last->type != OUTRIDER_EVENT_SYNC_PROGRESS ||
	    type != OUTRIDER_EVENT_SYNC_PROGRESS)
		last = append(events);
	*last = (struct outrider_event){
		.type = type,
		.pulled = pulled,
		.pushed = pushed,
	};
}

void events_lost(struct events *events, uint64_t n)
{
	*append(events) = (struct outrider_event){
		.type = OUTRIDER_EVENT_OUTBOX_DAMAGED,
		.code = OUTRIDER_DATA_LOSS,
		.lost = n,
	};
}

bool events_take(struct events *events, struct outrider_event *out)
{
	*out = (struct outrider_event){ .type = OUTRIDER_EVENT_NONE };
	if (events->count == 0)
		return false;
	*out = *at(events, 0);
	events->first = (events->first + 1) % EVENTS_MAX;
	events->count--;
	return true;
}
