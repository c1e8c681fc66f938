/* Text forms; NMEA 0183 as a receiver of one hertz or slower sends it. */
#include "day_files.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "model/num.h"

struct book {
	const struct files_frame *frame;
	const struct day *day;
	const struct sighting *seen;
	size_t count;
};

void files_degrees(double *lat_deg, double *lon_deg,
		   const struct files_frame *frame, double east_m,
		   double north_m)
{
	const struct geo_plane *city = &frame->city;
	*lat_deg = city->lat_deg + north_m / city->north_m_per_deg;
	*lon_deg = city->lon_deg + east_m / city->east_m_per_deg;
	if (*lon_deg >= 180.0)
		*lon_deg -= 360.0;
	if (*lon_deg < -180.0)
		*lon_deg += 360.0;
}

/* ------------------------------------------------------------------- time */

struct date {
	int64_t year;
	unsigned month, day;
};

/* Days since 1970 to a date; Hinnant, "chrono-compatible low-level date
 * algorithms". Valid for years after 0. */
static struct date date_of(int64_t days)
{
	uint64_t z = (uint64_t)(days + 719468);
	uint64_t era = z / 146097, day_of_era = z % 146097;
	uint64_t year_of_era = (day_of_era - day_of_era / 1460 +
				day_of_era / 36524 - day_of_era / 146096) /
			       365;
	uint64_t day_of_year =
		day_of_era -
		(365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	uint64_t m = (5 * day_of_year + 2) / 153;
	struct date date = {
		.month = (unsigned)(m < 10 ? m + 3 : m - 9),
		.day = (unsigned)(day_of_year - (153 * m + 2) / 5 + 1),
	};
	date.year = (int64_t)(year_of_era + era * 400) + (date.month <= 2);
	return date;
}

static struct date date_at(const struct files_frame *frame, uint32_t at_s)
{
	return date_of((frame->midnight_s + at_s) / 86400);
}

/* RFC 3339, quotes not included. */
static void
print_time(FILE *out, const struct files_frame *frame, uint32_t at_s)
{
	struct date date = date_at(frame, at_s);
	unsigned s = at_s % 86400;
	fprintf(out, "%04" PRId64 "-%02u-%02uT%02u:%02u:%02uZ", date.year,
		date.month, date.day, s / 3600, s / 60 % 60, s % 60);
}

/* ---------------------------------------------------------------- truth */

static void print_json_time(FILE *out, const struct files_frame *frame,
			    const char *name, uint32_t at_s)
{
	fprintf(out, "      \"%s\": ", name);
	if (at_s == 0) {
		fputs("null,\n", out);
		return;
	}
	fputc('"', out);
	print_time(out, frame, at_s);
	fputs("\",\n", out);
}

/* Names are ours and hold nothing that JSON would have to escape. */
static void print_truth(FILE *out, const struct book *book)
{
	const struct files_frame *frame = book->frame;
	fprintf(out,
		"{\n  \"seed\": %" PRIu64 ",\n  \"fixes\": %zu,\n"
		"  \"meetings\": [\n",
		frame->seed, book->count);
	for (size_t i = 0; i < DAY_MEETINGS; i++) {
		const struct day_meeting *m = &book->day->meetings[i];
		double lat_deg, lon_deg;
		files_degrees(&lat_deg, &lon_deg, frame, m->pin.east_m,
			      m->pin.north_m);
		fprintf(out,
			"    {\n      \"subject\": \"%s\",\n"
			"      \"place\": \"%s\",\n"
			"      \"latitude\": %.7f,\n"
			"      \"longitude\": %.7f,\n"
			"      \"radius_m\": %" PRIu32 ",\n"
			"      \"min_dwell_s\": %" PRIu32 ",\n",
			m->subject, m->place, lat_deg, lon_deg, m->radius_m,
			m->min_dwell_s);
		print_json_time(out, frame, "planned_start", m->start_s);
		print_json_time(out, frame, "planned_end", m->end_s);
		print_json_time(out, frame, "arrived", m->arrived_s);
		print_json_time(out, frame, "departed", m->departed_s);
		fprintf(out,
			"      \"happened\": \"%s\",\n"
			"      \"expected\": \"%s\"\n    }%s\n",
			m->story, visit_word_name(m->expected),
			i + 1 < DAY_MEETINGS ? "," : "");
	}
	fputs("  ]\n}\n", out);
}

/* -------------------------------------------------------------------- CSV */

static void print_plan(FILE *out, const struct book *book)
{
	fputs("place,lat,lon,radius,subject,start,end,min_dwell\n", out);
	for (size_t i = 0; i < DAY_MEETINGS; i++) {
		const struct day_meeting *m = &book->day->meetings[i];
		double lat_deg, lon_deg;
		files_degrees(&lat_deg, &lon_deg, book->frame, m->pin.east_m,
			      m->pin.north_m);
		fprintf(out, "%s,%.7f,%.7f,%" PRIu32 ",%s,", m->place, lat_deg,
			lon_deg, m->radius_m, m->subject);
		print_time(out, book->frame, m->start_s);
		fputc(',', out);
		print_time(out, book->frame, m->end_s);
		fprintf(out, ",%" PRIu32 "\n", m->min_dwell_s);
	}
}

static void print_fixes(FILE *out, const struct book *book)
{
	fputs("time,lat,lon,accuracy,mock\n", out);
	for (size_t i = 0; i < book->count; i++) {
		const struct sighting *s = &book->seen[i];
		double lat_deg, lon_deg;
		files_degrees(&lat_deg, &lon_deg, book->frame, s->east_m,
			      s->north_m);
		print_time(out, book->frame, s->at_s);
		fprintf(out, ",%.7f,%.7f,%.1f,%d\n", lat_deg, lon_deg,
			s->accuracy_m, s->is_mock);
	}
}

static void print_acts(FILE *out, const struct book *book)
{
	fputs("time,act,value\n", out);
	for (size_t i = 0; i < book->frame->n_acts; i++) {
		const struct attack_act *act = &book->frame->acts[i];
		print_time(out, book->frame, act->at_s);
		fprintf(out, ",%s,%s\n", act->what, act->value);
	}
}

/* ------------------------------------------------------------------- NMEA */

__attribute__((format(printf, 2, 3))) static void
print_sentence(FILE *out, const char *format, ...)
{
	char body[128];
	unsigned sum = 0;
	va_list args;
	va_start(args, format);
	int len = vsnprintf(body, sizeof(body), format, args);
	va_end(args);
	for (int i = 0; i < len && body[i]; i++)
		sum ^= (unsigned char)body[i];
	fprintf(out, "$%s*%02X\r\n", body, sum);
}

/* Degrees as [d]ddmm.mmmmm and a letter. */
struct nmea_angle {
	char text[24];
	char half;
};

static struct nmea_angle
angle_of(double degrees, int digits, char plus, char minus)
{
	struct nmea_angle angle = { .half = degrees < 0.0 ? minus : plus };
	double size = degrees < 0.0 ? -degrees : degrees;
	/* 1e-5 minutes: two centimetres. */
	uint64_t parts = (uint64_t)num_round(size * 6e6, 0, 1080000000);
	snprintf(angle.text, sizeof(angle.text),
		 "%0*" PRIu64 "%02" PRIu64 ".%05" PRIu64, digits,
		 parts / 6000000, parts / 100000 % 60, parts % 100000);
	return angle;
}

/* gpsd makes its 95 % radius out of the dilution: 19 m times HDOP; a radius
 * that holds 68 % is 1.515 / 2.448 of one that holds 95 %. */
static const double ACCURACY_PER_HDOP_M = 19.0 * 1.515 / 2.448;
static const double RADIUS_68 = 1.515;

static void print_epoch(FILE *out, const struct files_frame *frame,
			const struct sighting *s)
{
	struct date date = date_at(frame, s->at_s);
	unsigned day_s = s->at_s % 86400;
	unsigned hms =
		day_s / 3600 * 10000 + day_s / 60 % 60 * 100 + day_s % 60;
	double lat_deg, lon_deg, sigma_m = s->accuracy_m / RADIUS_68;
	double hdop =
		num_clamp(s->accuracy_m / ACCURACY_PER_HDOP_M, 0.01, 99.99);
	files_degrees(&lat_deg, &lon_deg, frame, s->east_m, s->north_m);
	struct nmea_angle lat = angle_of(lat_deg, 2, 'N', 'S');
	struct nmea_angle lon = angle_of(lon_deg, 3, 'E', 'W');
	print_sentence(out,
		       "GPGGA,%06u.00,%s,%c,%s,%c,1,08,%.2f,12.0,M,0.0,M,,",
		       hms, lat.text, lat.half, lon.text, lon.half, hdop);
	print_sentence(out, "GPGST,%06u.00,%.1f,,,,%.1f,%.1f,%.1f", hms,
		       sigma_m, sigma_m, sigma_m, 2.0 * sigma_m);
	print_sentence(out, "GPRMC,%06u.00,A,%s,%c,%s,%c,,,%02u%02u%02u,,,A",
		       hms, lat.text, lat.half, lon.text, lon.half, date.day,
		       date.month, (unsigned)(date.year % 100));
}

static void print_nmea(FILE *out, const struct book *book)
{
	for (size_t i = 0; i < book->count; i++)
		print_epoch(out, book->frame, &book->seen[i]);
}

/* ------------------------------------------------------------------ files */

static bool write_one(const char *folder, const char *name,
		      void (*print)(FILE *out, const struct book *book),
		      const struct book *book)
{
	char path[4096];
	int len = snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *out = NULL;
	if (len < 0 || (size_t)len >= sizeof(path))
		errno = ENAMETOOLONG;
	else
		out = fopen(path, "w");
	bool is_written = false;
	if (out) {
		print(out, book);
		is_written = !ferror(out);
		is_written &= fclose(out) == 0;
	}
	if (!is_written)
		fprintf(stderr, "outrider-repday: %s/%s: %s\n", folder, name,
			strerror(errno));
	return is_written;
}

bool files_write(const char *folder, const struct files_frame *frame,
		 const struct day *day, const struct sighting *seen,
		 size_t count)
{
	const struct book book = { frame, day, seen, count };
	if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
		fprintf(stderr, "outrider-repday: %s: %s\n", folder,
			strerror(errno));
		return false;
	}
	return write_one(folder, "truth.json", print_truth, &book) &&
	       write_one(folder, "plan.csv", print_plan, &book) &&
	       write_one(folder, "day.csv", print_fixes, &book) &&
	       write_one(folder, "day.nmea", print_nmea, &book) &&
	       (frame->n_acts == 0 ||
		write_one(folder, "acts.csv", print_acts, &book));
}
