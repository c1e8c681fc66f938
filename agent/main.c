/*
 * outrider: the field agent. The table of its commands, and the help that is
 * made out of it.
 */
#include "command.h"

#include <stdio.h>
#include <string.h>

static const struct command commands[] = {
	{ "enroll",
	  "(CODE | --login NAME --password-file FILE) --server HOST:PORT "
	  "[--tls-ca FILE | --plaintext] [--name DEVICE]",
	  "make this device yours with a one-time code",
	  "--login: for managers and administrators, who may make the code "
	  "themselves.",
	  NEEDS_NOTHING, enroll_command },
	{ "sync", "[--check]", "exchange changes with the server now",
	  "Without the PIN only evidence goes up.\n"
	  "--check: compare all cards with the server's, and repair.",
	  NEEDS_ENROLLED | TAKES_NO_WORDS, sync_command },
	{ "watch", "[--count N]", "stay, and sync when there is something new",
	  "--count: end after so many syncs that brought something. The device "
	  "is\nno other command's meanwhile.",
	  NEEDS_CARDS | TAKES_NO_WORDS, watch_command },
	{ "status", "", "who, what waits, when last synced", NULL,
	  NEEDS_NOTHING | TAKES_NO_WORDS, status_command },
	{ "outbox", "[retry N | drop N | edit N FIELD=VALUE...]",
	  "edits that wait, and those that were refused",
	  "retry: send it once more; edit: change it first; drop: forget it.",
	  NEEDS_CARDS, outbox_command },
	{ "conflicts", "[mine N | theirs N]",
	  "where somebody else's change won over yours",
	  "mine: put yours back; theirs: let it stand.", NEEDS_CARDS,
	  conflicts_command },
	{ "agenda", "[DAY] [--days N] [--all]", "the meetings of the day",
	  "Your own, and those that you take part in. --all: colleagues' too.\n"
	  "DAY: 2026-11-23, today, yesterday or tomorrow.",
	  NEEDS_CARDS, agenda_command },
	{ "show", "CARD", "one card, whole",
	  "CARD: its id, four or more digits from the end of it, or its name.",
	  NEEDS_CARDS, show_command },
	{ "find", "[--kind KIND] [--limit N] WORDS...",
	  "cards by words or phone number",
	  "Each word begins a word of the card. --limit: at most so many (50).",
	  NEEDS_CARDS, find_command },
	{ "plan",
	  "--at PLACE --start TIME [--end TIME | --minutes N] "
	  "[--with CONTACT] [--min-dwell SECONDS] [--radius METRES] SUBJECT",
	  "plan a meeting",
	  "TIME: 14:00, \"tomorrow 14:00\", \"2026-11-23 14:00\" or\n"
	  "2026-11-23T14:00:00Z. PLACE: a place's name, id or digits, or\n"
	  "LATITUDE,LONGITUDE.",
	  NEEDS_CARDS, plan_command },
	{ "note", "[--about CARD] TEXT", "write down a note",
	  "CARD: a company, contact or meeting.", NEEDS_CARDS, note_command },
	{ "new", "KIND FIELD=VALUE...", "make a card of any kind",
	  "outrider fields KIND lists the fields; a repeated one takes\n"
	  "several FIELD=VALUE. A time is 14:00, \"tomorrow 14:00\" or\n"
	  "\"2026-11-23 14:00\" by the clocks here, or 2026-11-23T14:00:00Z.\n"
	  "Another card is an id, digits of it, or its name.",
	  NEEDS_CARDS, new_command },
	{ "edit", "CARD FIELD=VALUE...", "change fields of a card",
	  "FIELD= empties a field. VALUE: as for new.", NEEDS_CARDS,
	  edit_command },
	{ "fields", "[KIND]", "the kinds of cards, and the fields of one", NULL,
	  NEEDS_NOTHING, fields_command },
	{ "attach", "CARD FILE [--name NAME] [--type MEDIA/TYPE]",
	  "attach a file to a card",
	  "The file is sealed at once, and sent with the next sync.",
	  NEEDS_CARDS, attach_command },
	{ "files", "[CARD]", "attached files, and which of them are here", NULL,
	  NEEDS_CARDS, files_command },
	{ "fetch", "ATTACHMENT [--later | --drop]",
	  "bring a file's content onto this device",
	  "A sync that is cut goes on where it was. --later: with the next\n"
	  "sync; --drop: it goes from this device.",
	  NEEDS_CARDS, fetch_command },
	{ "save", "ATTACHMENT FILE", "write a file's content out of the vault",
	  NULL, NEEDS_CARDS, save_command },
	{ "fill",
	  "FORM | ANSWER | DRAFT [--about CARD] [--address TEXT] "
	  "[--place TEXT] [--draft] [QUESTION=ANSWER...]",
	  "fill in a questionnaire, or go on with one",
	  "Without answers it asks them on a terminal, and lists them\n"
	  "elsewhere. What is missing makes it a draft. QUESTION= takes an\n"
	  "answer back; a question that stands twice has several.",
	  NEEDS_CARDS, fill_command },
	{ "drafts", "[drop DRAFT]", "what was begun and not finished", NULL,
	  NEEDS_CARDS, drafts_command },
	{ "near",
	  "LATITUDE,LONGITUDE | PLACE [--kind KIND] [--radius METRES] "
	  "[--limit N]",
	  "who is near: places, companies, contacts",
	  "As the crow flies, the nearest first. KIND: place, company or\n"
	  "contact. A company is where its places are, a contact where their\n"
	  "companies are.",
	  NEEDS_CARDS, near_command },
	{ "route", "[--from WHERE] [--to WHERE] [--date DAY]",
	  "today's meetings in a short driving order",
	  "WHERE: LATITUDE,LONGITUDE or a place. As the crow flies, the\n"
	  "shortest order there is up to 12 stops. It ignores the agreed\n"
	  "hours: they stand beside each stop, and what can't be kept in\n"
	  "this order is marked. Of today what isn't over yet.",
	  NEEDS_CARDS | TAKES_NO_WORDS, route_command },
	{ "birthdays", "[--days N]", "whose birthday is this week",
	  "--days: how many days from today on (7).",
	  NEEDS_CARDS | TAKES_NO_WORDS, birthdays_command },
	{ "promises", "[--days N] [--back N]",
	  "what you promised: open tasks and next steps",
	  "--days: how far ahead (7). --back: how old a next step may be\n"
	  "(30); overdue tasks are told however old they are.",
	  NEEDS_CARDS | TAKES_NO_WORDS, promises_command },
	{ "who", "NUMBER | ADDRESS", "who calls or writes",
	  "A telephone number in any writing, or an e-mail address.",
	  NEEDS_CARDS, who_command },
	{ "track",
	  "--gpsd HOST:PORT | --csv FILE | --nmea FILE "
	  "[--until TIME] [--offline] [--idle SECONDS]",
	  "follow the GPS through the day's meetings",
	  "Works without the PIN. Syncs evidence after each meeting, unless\n"
	  "--offline. --until: go on until then when the source has ended;\n"
	  "--idle: end when gpsd has said nothing for so long.",
	  NEEDS_ENROLLED | TAKES_NO_WORDS, track_command },
	{ "visits", "", "what this device says of its own meetings", NULL,
	  NEEDS_ENROLLED | TAKES_NO_WORDS, visits_command },
	{ "check-in",
	  "--at LATITUDE,LONGITUDE | --track FILE | --gpsd HOST:PORT "
	  "[--place PLACE | --here] [--minutes N] [SUBJECT]",
	  "a visit that nobody planned begins now",
	  "At the customer's place that this is, or one of the several that\n"
	  "it may be (--place). --here: at no known place. --track: by the\n"
	  "newest fix of a CSV file. Another check-in that goes on elsewhere\n"
	  "ends; one that goes on here is this one.",
	  NEEDS_CARDS, check_in_command },
	{ "outcome",
	  "MEETING TEXT [--next TEXT] [--at TIME [--where PLACE | "
	  "--no-meeting]] [--no-next] [--not-held]",
	  "what came of a meeting, and what comes next",
	  "With --at the next meeting is planned as well, at the same place\n"
	  "unless --where says another; --no-meeting: only a step by then.\n"
	  "TIME: 14:00, \"tomorrow 14:00\", \"2026-11-23 14:00\" or\n"
	  "2026-11-23T14:00:00Z.",
	  NEEDS_CARDS, outcome_command },
	{ "due", "", "meetings that want their outcome", NULL,
	  NEEDS_CARDS | TAKES_NO_WORDS, due_command },
	{ "my-visits", "[DAY] [--days N]",
	  "one's own meetings: expected, seen, how sure, and why",
	  "With the alerts about them, and what one wrote against them.\n"
	  "DAY: 2026-11-23, today, yesterday or tomorrow.",
	  NEEDS_CARDS, my_visits_command },
	{ "rebut", "MEETING TEXT", "answer what was found of a meeting", NULL,
	  NEEDS_CARDS, rebut_command },
	{ "ledger", "[DAY] [--days N]",
	  "which minutes were sampled and why, and who looked",
	  "DAY: 2026-11-23, today, yesterday or tomorrow.", NEEDS_CARDS,
	  ledger_command },
	{ "report", "[DAY] [--days N]",
	  "for managers: meetings, planned and as they were",
	  "With the server away: as of the last sync.\n"
	  "DAY: 2026-11-23, today, yesterday or tomorrow.",
	  NEEDS_CARDS, report_command },
	{ "alerts", "[--follow | --watch] [--count N]",
	  "for managers: what wants to be looked at",
	  "--follow: the open ones, and go on as they come; --watch: only\n"
	  "what no earlier --watch has told; --count: end after so many.\n"
	  "Quiet hours and digests are those that you set with quiet.",
	  NEEDS_CARDS | TAKES_NO_WORDS, alerts_command },
	{ "quiet",
	  "[HH:MM-HH:MM | off] [--days mon,... | none] [--urgent TYPE,... | "
	  "none] [--burst N]",
	  "for managers: when alerts may come",
	  "Shows it, after what is said was changed. By the firm's clocks; "
	  "--days:\nnor on these days; --urgent: these at once all the same, "
	  "such as SPOOFING;\n--burst: more than so many within ten minutes "
	  "come as one digest.",
	  NEEDS_CARDS, quiet_command },
	{ "close", "ALERT [TEXT]", "for managers: close an alert",
	  "Shows what the rep says to it first. TEXT: what was done.",
	  NEEDS_CARDS, close_command },
	{ "where", "REP", "for managers: where a rep is, during meetings",
	  "REP: a login name, name, id or its digits. The rep sees that you "
	  "looked.",
	  NEEDS_CARDS, where_command },
	{ "invite", "USER", "for managers: a one-time code to enrol a device",
	  "USER: the user's login name, name, id or its digits.", NEEDS_CARDS,
	  invite_command },
	{ "devices", "[USER]", "one's own devices, or a user's",
	  "USER: a login name, name, id or its digits; for managers.",
	  NEEDS_CARDS, devices_command },
	{ "withdraw", "DEVICE [--of USER]",
	  "for managers: take a device back for good",
	  "DEVICE: its name as devices shows it, its id, or four or more\n"
	  "digits of that; --of: among that user's. It is not heard any\n"
	  "more: what it has not sent stays on it. To have it forget\n"
	  "everything as well, wipe it instead.",
	  NEEDS_CARDS, withdraw_command },
	{ "wipe", "(DEVICE [--of USER] | --this-device) [--yes]",
	  "for managers: have a device forget everything",
	  "DEVICE: its name as devices shows it, its id, or four or more\n"
	  "digits of that; --of: among that user's. At its next contact it\n"
	  "sends what waits, forgets everything, and hands in a signed\n"
	  "receipt, which withdraws it. --this-device: now, and without one.\n"
	  "Whose device it is is said first, and asked for on a terminal;\n"
	  "--yes: not asked.",
	  NEEDS_NOTHING, wipe_command },
	{ "pin", "[--new-pin-file FILE]", "another PIN", NULL,
	  NEEDS_ENROLLED | TAKES_NO_WORDS, pin_command },
	{ "evidence", "MEETING FILE",
	  "save a meeting's evidence bundle for tools/verify", NULL,
	  NEEDS_CARDS, evidence_command },
};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static int help(void)
{
	puts("outrider: the CRM of people who sell on the road\n\n"
	     "usage: outrider COMMAND [FLAGS] ...\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		printf("  %-9s %s\n", commands[i].name, commands[i].summary);
	puts("\noutrider help COMMAND tells more of one. Every command takes "
	     "--home DIR, --json,\n--pin-file FILE, --demo-clock FILE and "
	     "--help. The PIN comes from --pin-file,\n"
	     "$OUTRIDER_PIN or the keyboard. What a rep does on the road works "
	     "with the server\naway; a command that needs it says so.\n\n"
	     "A card is named by its id, by four or more digits from the end "
	     "of it, or by its\nname. Times are those of the clocks here. "
	     "Exit codes: 0 done, 1 refused (why is\non standard error), 2 not "
	     "understood, 3 not now: the same may work later.");
	return 0;
}

static int run(const char *name, int argc, char **argv)
{
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (strcmp(name, commands[i].name) == 0)
			return commands[i].run(&commands[i], argc, argv);
	fprintf(stderr, "outrider: no command '%s'; outrider help lists them\n",
		name);
	return 2;
}

int main(int argc, char **argv)
{
	char flag[] = "--help", *alone[] = { flag };

	if (argc < 2 || strcmp(argv[1], flag) == 0)
		return help();
	if (strcmp(argv[1], "help") == 0)
		return argc == 2 || argv[2][0] == '-' ? help()
						      : run(argv[2], 1, alone);
	return run(argv[1], argc - 2, argv + 2);
}
