/*
 * Nothing readable at rest: all that the core wrote, in whatever state it was
 * left, is searched for the people, phones, addresses, notes, coordinates and
 * secrets of the test, as text, as UTF-16, as numbers in either byte order.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "phone_host.h"

enum { NEEDLES_MAX = 200 };

struct needle {
	const char *what;
	uint8_t at[80];
	size_t len;
};

struct needles {
	struct needle at[NEEDLES_MAX];
	size_t n;
};

static const char *const texts[] = {
	"Bartholomew",
	"Featherstonehaugh",
	"Щукина",
	"79161234567",
	"+7 916 123-45",
	"Vinohradsk",
	"Ohradni ulice",
	"allergic to lilies",
	"Spring order",
	"Anna Rep",
	"token-of-the-device",
	"2468",
	"50.0875",
	"14.4213",
};

static const double degrees[] = { 50.0875001, 14.4213001 };

static void
add(struct needles *needles, const char *what, const void *at, size_t len)
{
	struct needle *needle = &needles->at[needles->n++];

	assert_true(needles->n <= NEEDLES_MAX && len <= sizeof(needle->at));
	needle->what = what;
	needle->len = len;
	memcpy(needle->at, at, len);
}

static void add_reversed(struct needles *needles, const char *what,
			 const void *at, size_t len)
{
	const uint8_t *from = at;
	uint8_t back[8];

	for (size_t i = 0; i < len; i++)
		back[i] = from[len - 1 - i];
	add(needles, what, at, len);
	add(needles, what, back, len);
}

/* The text's characters as UTF-16 in both orders (of the first planes). */
static void add_utf16(struct needles *needles, const char *text)
{
	uint8_t little[80], big[80];
	size_t n = 0;

	for (const uint8_t *at = (const uint8_t *)text; *at != 0; n += 2) {
		unsigned c = *at++;
		if (c >= 0xc0)
			c = (c & 0x1f) << 6 | (*at++ & 0x3f);
		little[n] = big[n + 1] = (uint8_t)c;
		little[n + 1] = big[n] = (uint8_t)(c >> 8);
	}
	add(needles, text, little, n);
	add(needles, text, big, n);
}

static void make_needles(struct needles *needles)
{
	needles->n = 0;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		/* Four digits may stand anywhere by chance; as UTF-16 not. */
		if (strlen(texts[i]) > 4)
			add(needles, texts[i], texts[i], strlen(texts[i]));
		add_utf16(needles, texts[i]);
	}
	for (size_t i = 0; i < sizeof(degrees) / sizeof(degrees[0]); i++) {
		int32_t e7 = (int32_t)(degrees[i] * 1e7 + 0.5);
		double value = degrees[i];
		add_reversed(needles, "a coordinate", &value, sizeof(value));
		add_reversed(needles, "a coordinate in 1e-7", &e7, sizeof(e7));
	}
}

static bool has(const uint8_t *at, size_t len, const struct needle *needle)
{
	for (size_t i = 0; i + needle->len <= len; i++)
		if (at[i] == needle->at[0] &&
		    memcmp(at + i, needle->at, needle->len) == 0)
			return true;
	return false;
}

static uint8_t *read_whole(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	uint8_t *at;

	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	*len = (size_t)ftell(file);
	rewind(file);
	at = malloc(*len + 1);
	assert_non_null(at);
	assert_int_equal(fread(at, 1, *len, file), *len);
	fclose(file);
	return at;
}

/* How many needles the files of a folder show; *n_bytes: how much was read. */
static size_t
search(const char *folder, const struct needles *needles, size_t *n_bytes)
{
	struct dirent *entry;
	size_t n_found = 0;
	DIR *open = opendir(folder);

	assert_non_null(open);
	*n_bytes = 0;
	while ((entry = readdir(open)) != NULL) {
		char path[400];
		uint8_t *at;
		size_t len;
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		at = read_whole(path, &len);
		*n_bytes += len;
		for (size_t i = 0; i < needles->n; i++)
			if (has(at, len, &needles->at[i])) {
				print_message("%s: %s\n", entry->d_name,
					      needles->at[i].what);
				n_found++;
			}
		free(at);
	}
	closedir(open);
	return n_found;
}

static void set(struct outrider_edit *edit, const char *field, const char *text)
{
	assert_int_equal(outrider_edit_set(edit, field, text, NULL),
			 OUTRIDER_OK);
}

static struct uuid
make_card(struct phone *phone, const char *kind, const char *const *fields)
{
	struct outrider_edit *edit;
	struct uuid id;

	assert_int_equal(outrider_edit_begin(&edit, phone->core, kind, NULL,
					     NULL),
			 OUTRIDER_OK);
	for (; *fields != NULL; fields += 2)
		set(edit, fields[0], fields[1]);
	assert_int_equal(outrider_edit_commit(edit, id.at, NULL), OUTRIDER_OK);
	return id;
}

/* The day: cards from the server and of one's own, a meeting under way. */
static void fill(struct phone *phone)
{
	static const char *const contact[] = { "given_name",
					       "Bartholomew",
					       "family_name",
					       "Featherstonehaugh",
					       "middle_name",
					       "Щукина",
					       "phones.number",
					       "+7 916 123-45-67",
					       "address",
					       "Vinohradska 12, Praha",
					       "preferences",
					       "allergic to lilies",
					       NULL };
	static const char *const place[] = { "display_name",
					     "Featherstonehaugh and Sons",
					     "address",
					     "Ohradni ulice 7",
					     "latitude",
					     "50.0875001",
					     "longitude",
					     "14.4213001",
					     NULL };
	static const char *const note[] = { "text",
					    "Bartholomew is allergic to lilies",
					    NULL };
	struct outrider_plan plan = { .subject = "Spring order" };
	struct outrider_fix fix = { .latitude = 50.0875001,
				    .longitude = 14.4213001,
				    .accuracy_m = 5 };
	struct uuid id, place_id;
	int64_t next_us;

	id = phone_id(1);
	phone_pull_contact(phone, &id, 7, "Bartholomew", "Featherstonehaugh");
	(void)make_card(phone, "contact", contact);
	(void)make_card(phone, "note", note);
	place_id = make_card(phone, "place", place);
	plan.place_id = place_id.at;
	plan.start_us = phone->wall_us + INT64_C(1800000000);
	plan.end_us = plan.start_us + INT64_C(1800000000);
	assert_int_equal(outrider_plan_meeting(phone->core, id.at, &plan, NULL),
			 OUTRIDER_OK);
	phone->wall_us = plan.start_us;
	phone->mono_us += INT64_C(1800000000);
	assert_int_equal(outrider_step(phone->core, &next_us, NULL),
			 OUTRIDER_OK);
	for (int i = 0; i < 20; i++) {
		fix.time_us = phone->wall_us;
		assert_int_equal(outrider_add_fix(phone->core, &fix, NULL),
				 OUTRIDER_OK);
		phone->wall_us += 30000000;
		phone->mono_us += 30000000;
	}
}

enum manner { KILLED, LOCKED_AND_KILLED, CLOSED };

static bool see_visit(void *user, const struct outrider_visit *visit)
{
	(void)visit;
	++*(size_t *)user;
	return true;
}

/* In a process of its own, so that "killed" means it. */
static void live_and_die(struct phone *phone, enum manner manner)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		assert_int_equal(phone_open(phone, NULL), OUTRIDER_OK);
		phone_enroll(phone);
		assert_int_equal(outrider_unlock(phone->core, PHONE_PIN, NULL),
				 OUTRIDER_OK);
		fill(phone);
		if (manner != KILLED)
			outrider_lock(phone->core);
		if (manner == CLOSED)
			phone_close(phone);
		_exit(7);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
}

static void nothing_is_readable(void **state)
{
	static struct needles needles;
	struct phone phone;
	struct outrider_card card;
	struct uuid id = phone_id(1);
	size_t n_bytes, n_visits;

	(void)state;
	make_needles(&needles);
	for (enum manner manner = KILLED; manner <= CLOSED; manner++) {
		phone_make(&phone);
		/* Temporary files would land here too. */
		setenv("SQLITE_TMPDIR", phone.folder, 1);
		setenv("TMPDIR", phone.folder, 1);
		live_and_die(&phone, manner);
		assert_int_equal(search(phone.folder, &needles, &n_bytes), 0);
		assert_true(n_bytes > 20000);

		/* With the key store's secret: the meeting, no card. */
		phone.wall_us += INT64_C(2400000000);
		assert_int_equal(phone_open(&phone, NULL), OUTRIDER_OK);
		n_visits = 0;
		assert_int_equal(outrider_visits(phone.core, see_visit,
						 &n_visits, NULL),
				 OUTRIDER_OK);
		assert_int_equal(n_visits, 1);
		assert_int_equal(outrider_card_get(phone.core, &card, "contact",
						   id.at, NULL),
				 OUTRIDER_LOCKED);
		phone_close(&phone);
		/* Without it: nothing at all. */
		phone.secret[0] ^= 1;
		assert_int_equal(phone_open(&phone, NULL), OUTRIDER_DATA_LOSS);
		phone.secret[0] ^= 1;
		assert_int_equal(search(phone.folder, &needles, &n_bytes), 0);
		phone_free(&phone);
	}
}

/* The search is one that finds. */
static void planted_things_are_found(void **state)
{
	static struct needles needles;
	char folder[] = "planted-XXXXXX", path[64];
	size_t n_bytes;

	(void)state;
	make_needles(&needles);
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/file", folder);
	for (size_t i = 0; i < needles.n; i++) {
		FILE *file = fopen(path, "wb");
		assert_non_null(file);
		for (int k = 0; k < 999; k++)
			fputc(0xee, file);
		fwrite(needles.at[i].at, 1, needles.at[i].len, file);
		fputc(0xee, file);
		fclose(file);
		assert_true(search(folder, &needles, &n_bytes) >= 1);
	}
	unlink(path);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_readable),
		cmocka_unit_test(planted_things_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
