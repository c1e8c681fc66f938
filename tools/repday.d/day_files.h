/*
 * day_files: a made-up day as files.
 *
 * Owns the forms, and refuses to know how the day came about. Times are UTC,
 * in RFC 3339; degrees are WGS 84; CSV has a header line and no quotes.
 *
 *	truth.json  what happened at each meeting, and the word it deserves
 *	plan.csv    place,lat,lon,radius,subject,start,end,min_dwell: the
 *		    meetings as planned, lat and lon being the pin
 *	day.csv     time,lat,lon,accuracy,mock: what the phone saw, one fix in
 *		    5 s or none; accuracy in metres, 68 %; mock 1 if the
 *		    platform marked it as made up
 *	day.nmea    the same fixes as GGA, GST and RMC
 *	acts.csv    time,act,value: of an attack, what is done to the phone
 *		    beside its fixes
 */
#ifndef REPDAY_DAY_FILES_H
#define REPDAY_DAY_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "attack.h"
#include "day.h"
#include "model/geo.h"
#include "sight.h"

struct files_frame {
	uint64_t seed;
	int64_t midnight_s;    /* Unix time at which the day begins */
	struct geo_plane city; /* about the middle of the city */
	const struct attack_act *acts;
	size_t n_acts;
};

/* Degrees of a spot of the city. */
void files_degrees(double *lat_deg, double *lon_deg,
		   const struct files_frame *frame, double east_m,
		   double north_m);

/*
 * Writes the files into the folder, which is made if it is not there.
 * False, with a line on standard error, if one can't be written.
 */
bool files_write(const char *folder, const struct files_frame *frame,
		 const struct day *day, const struct sighting *seen,
		 size_t count);

#endif
