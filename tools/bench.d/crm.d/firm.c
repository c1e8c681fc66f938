/*
 * firm: names from lists, numbers from a mixed counter.
 */
#include "firm.h"

#include "model/wire.h"

#include <stdio.h>
#include <string.h>

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

static const char *const industries[FIRM_INDUSTRIES] = {
	"grain",   "retail", "dairy",	"timber", "steel",  "glass",   "paper",
	"textile", "food",   "wine",	"energy", "carry",  "medical", "school",
	"hotel",   "motor",  "printer", "garden", "pharma", "export",
};

static const char *const given_names[] = {
	"Olena", "Petro",  "Ivan",   "Maria",	 "Andrii",  "Oksana", "Taras",
	"Iryna", "Stefan", "Georgi", "Elena",	 "Dimitar", "Anna",   "Mykola",
	"Sofia", "Bohdan", "Nadia",  "Kateryna", "Roman",   "Yulia",  "Viktor",
	"Daria", "Pavlo",  "Halyna", "Serhii",	 "Vasyl",   "Lidia",  "Artem",
};

static const char *const syllables[] = {
	"ko",  "va",  "len", "shev", "chuk", "bor", "mel", "ny",  "hry", "tsen",
	"pol", "ta",  "ras", "iv",   "dan",  "zub", "kra", "mor", "luk", "yan",
	"sta", "vel", "hor", "dob",  "nes",  "ter", "pav", "ryb", "sok", "ol",
};

static const char *const endings[] = { "enko", "chuk", "ov", "sky",
				       "iv",   "ych",  "ak", "yn" };

static const char *const subjects[] = {
	"asked for the price",	  "wants a new offer",
	"delivery came too late", "spoke of the contract",
	"will decide on Monday",  "needs ten more pieces",
	"not content with doors", "thanks for the visit",
};

uint64_t firm_mix(uint64_t n)
{
	/* The finaliser of splitmix64 (Steele, Lea, Flood 2014). */
	n += UINT64_C(0x9e3779b97f4a7c15);
	n = (n ^ n >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	n = (n ^ n >> 27) * UINT64_C(0x94d049bb133111eb);
	return n ^ n >> 31;
}

struct uuid firm_id(enum firm_kind kind, size_t n)
{
	uint64_t ms = UINT64_C(1700000000000) + n / 50;
	uint64_t mixed = firm_mix((uint64_t)kind << 40 | n);
	struct uuid id;

	for (int i = 0; i < 6; i++)
		id.at[i] = (uint8_t)(ms >> (40 - 8 * i));
	id.at[6] = (uint8_t)(0x70 | (n % 50) >> 4);
	id.at[7] = (uint8_t)(n % 50 << 4);
	for (int i = 8; i < 16; i++)
		id.at[i] = (uint8_t)(mixed >> 8 * (i - 8));
	id.at[8] = (uint8_t)(0x80 | (id.at[8] & 0x3f));
	return id;
}

const char *firm_industry(size_t n)
{
	return industries[n % FIRM_INDUSTRIES];
}

const char *firm_given_name(size_t contact)
{
	return given_names[firm_mix(contact) % ARRAY_LEN(given_names)];
}

/* Some hundred thousand different ones. */
const char *firm_family_name(size_t contact)
{
	static _Thread_local char name[64];
	uint64_t mixed = firm_mix(contact * 7 + 1);

	snprintf(name, sizeof(name), "%s%s%s%s",
		 syllables[mixed % ARRAY_LEN(syllables)],
		 syllables[(mixed >> 16) % ARRAY_LEN(syllables)],
		 syllables[(mixed >> 32) % ARRAY_LEN(syllables)],
		 endings[(mixed >> 48) % ARRAY_LEN(endings)]);
	name[0] = (char)(name[0] - 'a' + 'A');
	return name;
}

void firm_phone(char out[20], size_t contact)
{
	snprintf(out, 20, "+38067%07zu", contact % 10000000);
}

size_t firm_contact_company(const struct firm *firm, size_t contact)
{
	return contact / FIRM_CONTACTS_EACH % firm->n_companies;
}

/* ----------------------------------------------------------------- writing */

static void put_text(struct buffer *out, uint32_t number, const char *text)
{
	wire_put_bytes(out, number, text, strlen(text));
}

static void
put_id(struct buffer *out, uint32_t number, enum firm_kind kind, size_t n)
{
	struct uuid id = firm_id(kind, n);
	char text[UUID_TEXT_LEN + 1];

	uuid_format(text, &id);
	wire_put_bytes(out, number, text, UUID_TEXT_LEN);
}

static void put_time(struct buffer *out, uint32_t number, int64_t seconds)
{
	wire_put_timestamp(out, number, seconds * 1000000);
}

/* A message of one text. */
static void put_part(struct buffer *out, uint32_t number, const char *text)
{
	struct buffer part;

	buffer_init(&part, &allocator_libc, 512);
	put_text(&part, 1, text);
	wire_put_bytes(out, number, part.at, part.len);
	buffer_free(&part);
}

static void write_company(struct buffer *out, size_t n)
{
	char name[96];

	snprintf(name, sizeof(name), "%s %s %zu", firm_family_name(n * 3),
		 firm_industry(firm_mix(n)), n);
	put_text(out, 10, name);
	snprintf(name, sizeof(name), "%010zu", n);
	put_text(out, 12, name);
	put_text(out, 13, firm_industry(firm_mix(n) >> 8));
}

static void write_contact(struct buffer *out, const struct firm *firm, size_t n)
{
	char text[96];

	put_text(out, 10, firm_given_name(n));
	put_text(out, 11, firm_family_name(n));
	put_text(out, 13, n % 3 ? "buyer" : "director");
	put_id(out, 14, FIRM_COMPANY, firm_contact_company(firm, n));
	firm_phone(text, n);
	put_part(out, 15, text);
	snprintf(text, sizeof(text), "%s.%zu@example.com", firm_given_name(n),
		 n);
	put_part(out, 16, text);
}

/* With whom, of which firm, and when: one every ten minutes of a decade. */
static void write_context(struct buffer *out, const struct firm *firm,
			  enum firm_kind kind, size_t n)
{
	size_t contact = firm_mix(n * 5 + kind) % firm->n_contacts;

	put_id(out, 17 + (kind == FIRM_MESSAGE) * 3, FIRM_COMPANY,
	       firm_contact_company(firm, contact));
	put_id(out, 18 + (kind == FIRM_MESSAGE) * 3, FIRM_CONTACT, contact);
}

static void write_call(struct buffer *out, const struct firm *firm, size_t n)
{
	wire_put_scalar(out, 10, 1 + n % 2);
	put_time(out, 13, 1480000000 + (int64_t)n * 300);
	wire_put_scalar(out, 14, 20 + firm_mix(n) % 600);
	wire_put_scalar(out, 15, 1 + n % 3);
	write_context(out, firm, FIRM_CALL, n);
	put_text(out, 22, subjects[firm_mix(n) % ARRAY_LEN(subjects)]);
}

static void write_message(struct buffer *out, const struct firm *firm, size_t n)
{
	wire_put_scalar(out, 10, 1 + n % 4);
	wire_put_scalar(out, 11, 1 + n % 2);
	put_text(out, 14, subjects[firm_mix(n) % ARRAY_LEN(subjects)]);
	put_text(out, 15, "Good day, this is what we spoke of. Best wishes.");
	put_time(out, 16, 1480000150 + (int64_t)n * 300);
	write_context(out, firm, FIRM_MESSAGE, n);
}

void firm_write(struct buffer *out, const struct firm *firm,
		enum firm_kind kind, size_t n)
{
	char text[64];

	put_id(out, 1, kind, n);
	if (kind != FIRM_USER)
		put_id(out, 6, FIRM_USER, firm_mix(n) % FIRM_REPS);
	switch (kind) {
	case FIRM_USER:
		snprintf(text, sizeof(text), "Rep %zu", n);
		put_text(out, 10, text);
		snprintf(text, sizeof(text), "rep%zu", n);
		put_text(out, 11, text);
		wire_put_scalar(out, 12, 1);
		break;
	case FIRM_COMPANY:
		write_company(out, n);
		break;
	case FIRM_CONTACT:
		write_contact(out, firm, n);
		break;
	case FIRM_CALL:
		write_call(out, firm, n);
		break;
	case FIRM_MESSAGE:
		write_message(out, firm, n);
		break;
	}
}
