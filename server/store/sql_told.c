/*
 * Templates of the statements behind positions.h and delivery.h: see sql.h for
 * their words.
 */
#include "store/sql_told.h"

#include <stddef.h>

#define POSITION_COLUMNS                                              \
	"rep, seq, fix_us, received_us, lat_e7, lon_e7, accuracy_dm," \
	" meeting, progress, expected_us"

static const char *const tables[] = {
	"CREATE TABLE IF NOT EXISTS position (rep @B NOT NULL PRIMARY KEY,"
	" seq @I NOT NULL, fix_us @I NOT NULL, received_us @I NOT NULL,"
	" lat_e7 @I NOT NULL, lon_e7 @I NOT NULL, accuracy_dm @I NOT NULL,"
	" meeting @B, progress @I NOT NULL, expected_us @I NOT NULL)@C",
	"CREATE INDEX IF NOT EXISTS position_seq ON position (seq)",

	"CREATE TABLE IF NOT EXISTS alert_delivery ("
	" user_id @B NOT NULL PRIMARY KEY, quiet_from @I NOT NULL,"
	" quiet_until @I NOT NULL, quiet_weekdays @I NOT NULL,"
	" urgent_types @I NOT NULL, burst @I NOT NULL)@C",
	"CREATE TABLE IF NOT EXISTS alert_mark (user_id @B NOT NULL,"
	" alert @B NOT NULL, rev @I NOT NULL,"
	" PRIMARY KEY (user_id, alert))@C",
};

static const char *const statements[] = {
	[STATEMENT_POSITION_PUT - STATEMENT_TOLD_FIRST] =
		"INSERT INTO position (" POSITION_COLUMNS ") VALUES"
		" ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
		" ON CONFLICT (rep) DO UPDATE SET seq = excluded.seq,"
		" fix_us = excluded.fix_us,"
		" received_us = excluded.received_us,"
		" lat_e7 = excluded.lat_e7, lon_e7 = excluded.lon_e7,"
		" accuracy_dm = excluded.accuracy_dm,"
		" meeting = excluded.meeting, progress = excluded.progress,"
		" expected_us = excluded.expected_us"
		" WHERE excluded.fix_us > position.fix_us",
	[STATEMENT_POSITION_GET - STATEMENT_TOLD_FIRST] =
		"SELECT " POSITION_COLUMNS " FROM position WHERE rep = $1",
	[STATEMENT_POSITIONS_SINCE - STATEMENT_TOLD_FIRST] =
		"SELECT " POSITION_COLUMNS " FROM position WHERE seq > $1"
		" ORDER BY seq LIMIT $2",
	[STATEMENT_POSITIONS_FORGET - STATEMENT_TOLD_FIRST] =
		"DELETE FROM position WHERE fix_us < $1",

	[STATEMENT_DELIVERY_GET - STATEMENT_TOLD_FIRST] =
		"SELECT quiet_from, quiet_until, quiet_weekdays,"
		" urgent_types, burst FROM alert_delivery WHERE user_id = $1",
	[STATEMENT_DELIVERY_PUT - STATEMENT_TOLD_FIRST] =
		"INSERT INTO alert_delivery (user_id, quiet_from, quiet_until,"
		" quiet_weekdays, urgent_types, burst)"
		" VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id)"
		" DO UPDATE SET quiet_from = excluded.quiet_from,"
		" quiet_until = excluded.quiet_until,"
		" quiet_weekdays = excluded.quiet_weekdays,"
		" urgent_types = excluded.urgent_types,"
		" burst = excluded.burst",
	[STATEMENT_MARK_GET - STATEMENT_TOLD_FIRST] =
		"SELECT rev FROM alert_mark WHERE user_id = $1 AND alert = $2",
	[STATEMENT_MARK_PUT - STATEMENT_TOLD_FIRST] =
		"INSERT INTO alert_mark (user_id, alert, rev)"
		" VALUES ($1, $2, $3) ON CONFLICT (user_id, alert)"
		" DO UPDATE SET rev = excluded.rev"
		" WHERE excluded.rev > alert_mark.rev",
	/* A closed alert comes to no stream anew. State 1 is open. */
	[STATEMENT_MARK_BEHIND - STATEMENT_TOLD_FIRST] =
		"SELECT user_id, alert FROM alert_mark"
		" WHERE (user_id, alert) > ($1, $2)"
		" ORDER BY user_id, alert LIMIT 1 OFFSET $3",
	[STATEMENT_MARKS_FORGET - STATEMENT_TOLD_FIRST] =
		"DELETE FROM alert_mark WHERE (user_id, alert) > ($1, $2)"
		" AND (user_id, alert) <= ($3, $4) AND NOT EXISTS"
		" (SELECT 1 FROM alerts a WHERE a.id = alert_mark.alert"
		" AND a.state = 1 AND a.deleted_us = 0)",

	[STATEMENT_LOOKS_BEFORE - STATEMENT_TOLD_FIRST] =
		"SELECT id FROM looks WHERE look_time < $1"
		" AND deleted_us = 0 ORDER BY look_time, id LIMIT $2",
};

const char *sql_told_table(size_t n)
{
	return n < sizeof(tables) / sizeof(tables[0]) ? tables[n] : NULL;
}

const char *sql_told_statement(enum statement which)
{
	return statements[which - STATEMENT_TOLD_FIRST];
}
