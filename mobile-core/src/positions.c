/* positions: a queue, and PositionService.ReportPosition (position.proto). */
#include "positions.h"

#include <string.h>

#include "model/uuid.h"
#include "model/wire.h"
#include "vault.h"

enum { REPORT_MAX = 256 };

/* Field numbers. */
enum { REPORTS = 1 };
enum {
	FIX_TIME = 1,
	LATITUDE = 2,
	LONGITUDE = 3,
	ACCURACY_M = 4,
	MEETING_ID = 5,
	PROGRESS = 6,
	EXPECTED_ARRIVAL = 7,
};

static const int64_t MINUTE_US = INT64_C(60000000);

bool positions_are_due(const struct positions *positions, int64_t time_us)
{
	return positions->newest_us == 0 ||
	       time_us - positions->newest_us >= MINUTE_US ||
	       time_us < positions->newest_us;
}

/* The first n go. */
static void forget(struct positions *positions, size_t n)
{
	bool is_urgent = false;

	positions->n -= n;
	memmove(positions->at, positions->at + n,
		positions->n * sizeof(positions->at[0]));
	vault_memory_wipe(positions->at + positions->n,
			  n * sizeof(positions->at[0]));
	positions->n_sent -= positions->n_sent < n ? positions->n_sent : n;
	for (size_t i = 0; i < positions->n; i++)
		is_urgent |= positions->at[i].is_urgent;
	positions->is_urgent = is_urgent;
}

void positions_add(struct positions *positions, const struct fix *fix,
		   const uint8_t meeting_id[16],
		   const struct progress *progress, bool is_urgent)
{
	struct position *position;

	/* What had no room any more made way for what is newer. */
	if (positions->n == POSITIONS_MAX) {
		is_urgent |= positions->at[0].is_urgent;
		forget(positions, 1);
	}
	position = &positions->at[positions->n++];
	*position = (struct position){
		.fix = *fix,
		.stage = progress->stage,
		.expected_us = progress->expected_us,
		.is_urgent = is_urgent,
	};
	memcpy(position->meeting_id, meeting_id, 16);
	positions->newest_us = fix->time_us;
	positions->is_urgent |= is_urgent;
}

void positions_wipe(struct positions *positions)
{
	vault_memory_wipe(positions, sizeof(*positions));
}

/* MeetingProgress on the wire; a meeting that is only planned says nothing. */
static uint64_t progress_on_wire(enum outrider_progress stage)
{
	switch (stage) {
	case OUTRIDER_ON_THE_WAY:
		return 1;
	case OUTRIDER_ARRIVED:
		return 2;
	case OUTRIDER_IN_PROGRESS:
		return 3;
	case OUTRIDER_ENDED:
	case OUTRIDER_OUTCOME_DUE:
		return 4;
	case OUTRIDER_PLANNED:
		break;
	}
	return 0;
}

static void write_report(struct buffer *out, const struct position *position)
{
	char meeting[UUID_TEXT_LEN + 1];
	struct uuid id;

	memcpy(id.at, position->meeting_id, sizeof(id.at));
	uuid_format(meeting, &id);
	wire_put_timestamp(out, FIX_TIME, position->fix.time_us);
	wire_put_double(out, LATITUDE, position->fix.lat_deg);
	wire_put_double(out, LONGITUDE, position->fix.lon_deg);
	wire_put_double(out, ACCURACY_M, position->fix.accuracy_m);
	wire_put_bytes(out, MEETING_ID, meeting, UUID_TEXT_LEN);
	wire_put_scalar(out, PROGRESS, progress_on_wire(position->stage));
	if (position->expected_us != 0)
		wire_put_timestamp(out, EXPECTED_ARRIVAL,
				   position->expected_us);
}

enum outrider_code positions_request(struct positions *positions,
				     struct buffer *request,
				     struct outrider_err *err)
{
	struct buffer report;
	bool is_full;

	buffer_init(&report, request->allocator, REPORT_MAX);
	for (size_t i = 0; i < positions->n; i++) {
		buffer_clear(&report);
		write_report(&report, &positions->at[i]);
		wire_put_bytes(request, REPORTS, report.at, report.len);
	}
	is_full = report.is_full || request->is_full;
	buffer_free(&report);
	if (is_full)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "There is no memory for the positions.");
	positions->n_sent = positions->n;
	return OUTRIDER_OK;
}

void positions_answered(struct positions *positions)
{
	forget(positions, positions->n_sent);
}
