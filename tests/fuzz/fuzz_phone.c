/*
 * Any bytes as an answer of the server to the phone. The first byte chooses
 * the message.
 *
 * What the readers let through is in range: its records can be printed,
 * searched, and put upon each other.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "find.h"
#include "outrider.h"
#include "rpc.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void must(bool condition)
{
	if (!condition)
		abort();
}

/* A record upon the one before, as a delta. */
struct last {
	struct find find;
	struct buffer fields;
	const struct rpc_page *page;
};

static void print_all(const struct entity *entity, struct bytes fields)
{
	const char *name;
	char text[64];

	for (size_t i = 0;
	     (name = outrider_field_name(entity->name, i)) != NULL; i++)
		must(outrider_card_text(text, sizeof(text), entity->name,
					fields.at, fields.len, name,
					i % 3) >= 0);
}

static enum outrider_code
take(void *user, const struct rpc_record *record, struct outrider_err *err)
{
	const struct entity *entity = schema_entity(record->kind);
	struct last *last = user;
	struct buffer spliced;

	must(record->kind > 0 && record->kind < 256);
	for (size_t i = 0; i < record->n_entered; i++)
		must(record->entered[i] < last->page->n_scopes);
	for (size_t i = 0; i < record->n_left; i++)
		must(record->left[i] < last->page->n_scopes);
	if (entity == NULL)
		return OUTRIDER_OK;
	print_all(entity, record->fields);
	must(find_put(&last->find, entity, &record->id, record->fields, err) ==
	     OUTRIDER_OK);

	buffer_init(&spliced, &allocator_libc, 1 << 20);
	must(fields_splice(&spliced, entity->message, record->fields,
			   (struct bytes){ last->fields.at, last->fields.len },
			   &record->cleared, err) == OUTRIDER_OK);
	print_all(entity, (struct bytes){ spliced.at, spliced.len });
	buffer_free(&last->fields);
	last->fields = spliced;
	return OUTRIDER_OK;
}

static void read_page(struct arena *arena, struct bytes response)
{
	struct outrider_err err;
	struct rpc_page page;
	struct last last = { .page = &page };
	struct find_hit *found;
	size_t n;

	if (rpc_read_page(&page, arena, response, &err) != OUTRIDER_OK)
		return;
	find_init(&last.find, &allocator_libc);
	buffer_init(&last.fields, &allocator_libc, 1 << 20);
	(void)!rpc_each_record(&page, &allocator_libc, take, &last, &err);
	must(find_search(&last.find, arena, &found, &n, 0, "a 1", 10, &err) ==
	     OUTRIDER_OK);
	find_wipe(&last.find);
	buffer_free(&last.fields);
}

struct differing {
	struct proof_sum all;
	unsigned n;
};

/* Every byte can be read; a hundred scopes are enough. */
static enum outrider_code take_differing(void *user, const uint8_t *scope,
					 const uint8_t *sums,
					 struct outrider_err *err)
{
	struct differing *seen = user;

	must(seen->n < 100);
	for (size_t i = 0; i < PROOF_BUCKETS; i++)
		proof_add_entry(&seen->all, sums + i * PROOF_LEN);
	for (size_t i = 0; i < CARD_SCOPE_LEN; i++)
		seen->all.low += scope[i];
	return ++seen->n < 100
		       ? OUTRIDER_OK
		       : err_set(err, OUTRIDER_CANCELLED, NULL, "enough");
}

static void read_compared(struct bytes response)
{
	const struct proof_sum none = { 0, 0 };
	struct differing seen = { .n = 0 };
	enum outrider_code code;
	struct outrider_err err;
	bool is_behind;

	code = rpc_read_compared(&is_behind, response, take_differing, &seen,
				 &err);
	must(seen.n > 0 || proof_sum_equal(&seen.all, &none));
	/* The callback's word stops it, and is what comes of it. */
	must(seen.n < 100 ? code == OUTRIDER_OK || code == OUTRIDER_DATA_LOSS
			  : code == OUTRIDER_CANCELLED);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct bytes response = { bytes + 1, len - 1 };
	struct rpc_enrolled enrolled;
	struct rpc_result *results;
	struct outrider_err err;
	struct arena arena;
	size_t n;

	if (len == 0)
		return 0;
	arena_init(&arena, &allocator_libc, 16 << 20);
	switch (bytes[0] % 4) {
	case 0:
		if (rpc_read_pushed(&results, &n, &arena, response, &err) ==
		    OUTRIDER_OK)
			must(n <= 500);
		break;
	case 1:
		if (rpc_read_enrolled(&enrolled, response, &err) == OUTRIDER_OK)
			must(enrolled.token[0] != 0);
		break;
	case 2:
		read_page(&arena, response);
		break;
	default:
		read_compared(response);
		break;
	}
	arena_free(&arena);
	return 0;
}
