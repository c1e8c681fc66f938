/*
 * Where fixes come from: a gpsd, or a file in one of two forms. Each source
 * is its own file; all look the same from here.
 */
#ifndef AGENT_FIXES_H
#define AGENT_FIXES_H

#include "outrider.h"

enum fixes_next {
	FIXES_FIX,     /* *out is filled */
	FIXES_NOTHING, /* not yet: the time ran out */
	FIXES_END,     /* the file, or gpsd, has ended */
};

struct fixes;

struct fixes_type {
	enum fixes_next (*next)(struct fixes *source, struct outrider_fix *out,
				int timeout_ms);
	void (*close)(struct fixes *source);
};

/* The first member of every source. */
struct fixes {
	const struct fixes_type *type;
};

/* "host:port" of a gpsd. UNAVAILABLE where none answers. */
OUTRIDER_CHECKED enum outrider_code fixes_open_gpsd(struct fixes **out,
						    const char *address,
						    struct outrider_err *err);
/*
 * A CSV file with the columns time, latitude, longitude and, if they are
 * there, accuracy_m and mock, named in a first line; time is in seconds since
 * 1970 or RFC 3339. "-" is standard input. Errors: NOT_FOUND,
 * INVALID_ARGUMENT with the line. A bad line later ends the file with a
 * warning.
 */
OUTRIDER_CHECKED enum outrider_code
fixes_open_csv(struct fixes **out, const char *path, struct outrider_err *err);
/* NMEA 0183: positions from RMC and GGA, accuracy from GST or HDOP. */
OUTRIDER_CHECKED enum outrider_code
fixes_open_nmea(struct fixes **out, const char *path, struct outrider_err *err);

static inline enum fixes_next
fixes_next(struct fixes *source, struct outrider_fix *out, int timeout_ms)
{
	return source->type->next(source, out, timeout_ms);
}

static inline void fixes_close(struct fixes *source)
{
	if (source != NULL)
		source->type->close(source);
}

#endif
