/*
 * The order is that of a doubter: whose keys, which entries did they sign, do
 * the entries follow each other, is the content what was signed, does the
 * verdict follow from the content, and since when did the server hold it.
 */
#include "check.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void hash(uint8_t out[CHAIN_HASH_LEN], struct bytes a, struct bytes b)
{
	crypto_generichash_state state;

	(void)crypto_generichash_init(&state, NULL, 0, CHAIN_HASH_LEN);
	(void)crypto_generichash_update(&state, a.at, a.len);
	(void)crypto_generichash_update(&state, b.at, b.len);
	(void)crypto_generichash_final(&state, out, CHAIN_HASH_LEN);
}

static bool
is_signed(struct bytes key, struct bytes message, struct bytes signature)
{
	return crypto_sign_verify_detached(signature.at, message.at,
					   message.len, key.at) == 0;
}

void check_fingerprint(uint8_t out[CHECK_FINGERPRINT_LEN], struct bytes key)
{
	uint8_t whole[CHAIN_HASH_LEN];

	hash(whole, key, (struct bytes){ 0 });
	memcpy(out, whole, CHECK_FINGERPRINT_LEN);
}

void check_add_fault(struct check *check, const char *format, ...)
{
	check->outcome = CHECK_REFUTED;
	if (check->n_faults++ >= CHECK_FAULTS_MAX)
		return;
	struct check_fault *fault = &check->faults[check->n_faults - 1];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(fault->text, sizeof(fault->text), format, args);
	va_end(args);
}

/* ------------------------------------------------------------------- chain */

struct link {
	uint64_t number;	      /* the one that is due */
	uint8_t head[CHAIN_HASH_LEN]; /* of the entry before; zeros at first */
};

/* 0: it has no header. */
static uint64_t number_of(const struct bundle_entry *entry)
{
	struct chain_header header;

	return chain_header_read(&header, entry->header.at, entry->header.len)
		       ? header.number
		       : 0;
}

/*
 * The number of the earlier entry that this one follows by its own word; 0:
 * none before it. False where there is no such entry, or too long ago.
 */
static bool find_followed(uint64_t *number, const struct bundle *bundle,
			  size_t i, const struct chain_header *header)
{
	static const uint8_t none[CHAIN_HASH_LEN];
	uint8_t head[CHAIN_HASH_LEN];

	*number = 0;
	if (memcmp(header->previous, none, CHAIN_HASH_LEN) == 0)
		return header->number <= CHAIN_LOST_MAX + 1;
	while (i-- > 0) {
		const struct bundle_entry *entry = &bundle->entries[i];

		*number = number_of(entry);
		if (*number + CHAIN_LOST_MAX + 1 < header->number)
			return false;
		hash(head, entry->header, entry->signature);
		if (memcmp(header->previous, head, CHAIN_HASH_LEN) == 0)
			return true;
	}
	return false;
}

/* It says itself, signed, that what was between is lost. */
static void take_gap(struct check *check, const struct bundle *bundle, size_t i,
		     uint64_t followed, uint64_t number)
{
	if (check->n_gaps < CHECK_GAPS_MAX)
		check->gaps[check->n_gaps] =
			(struct check_gap){ followed + 1, number - 1 };
	check->n_gaps++;
	check->n_lost += number - 1 - followed;
	if (i > check->subject && i < check->skipped_from &&
	    followed < number_of(&bundle->entries[check->subject]))
		check->skipped_from = i;
}

static void check_link(struct check *check, const struct bundle *bundle,
		       size_t i, const struct chain_header *header,
		       struct link *link)
{
	bool is_next = header->number == link->number;
	uint64_t followed;

	if (is_next &&
	    memcmp(header->previous, link->head, CHAIN_HASH_LEN) == 0) {
		check->n_linked++;
	} else if (header->number >= link->number &&
		   find_followed(&followed, bundle, i, header)) {
		check->n_linked++;
		take_gap(check, bundle, i, followed, header->number);
		link->number = header->number;
	} else if (is_next) {
		check_add_fault(check,
				"entry %" PRIu64
				" does not follow the entry before it",
				header->number);
	} else {
		check_add_fault(check,
				"entry %" PRIu64 " stands where entry %" PRIu64
				" belongs: missing, repeated or out of order",
				header->number, link->number);
	}
}

static void check_entry(struct check *check, const struct bundle *bundle,
			size_t i, struct link *link)
{
	const struct bundle_entry *entry = &bundle->entries[i];
	struct chain_header header;

	if (!is_signed(bundle->device_key, entry->header, entry->signature))
		check_add_fault(check,
				"entry at place %zu: the signature is not by "
				"the device's key",
				i + 1);
	else
		check->n_signed++;
	if (!chain_header_read(&header, entry->header.at, entry->header.len)) {
		check_add_fault(check, "entry at place %zu: no header", i + 1);
		return;
	}
	if (memcmp(header.device_id, bundle->device_id.at, 16) != 0)
		check_add_fault(check, "entry %" PRIu64 " is of another device",
				header.number);
	check_link(check, bundle, i, &header, link);
	if (i == check->subject) {
		check->header = header;
		check->has_header = true;
	}
}

static void check_chain(struct check *check, const struct bundle *bundle)
{
	struct link link = { .number = 1 };

	for (size_t i = 0; i < bundle->n_entries; i++) {
		const struct bundle_entry *entry = &bundle->entries[i];

		check_entry(check, bundle, i, &link);
		hash(link.head, entry->header, entry->signature);
		link.number++;
	}
}

/* ----------------------------------------------------------------- content */

static void check_verdict(struct check *check)
{
	check->finding =
		evidence_recompute(&check->content, &check->recomputed);
	switch (check->finding) {
	case EVIDENCE_EQUAL:
		break;
	case EVIDENCE_DIFFERENT:
		check_add_fault(check,
				"the verdict does not follow from the ticks");
		break;
	case EVIDENCE_UNKNOWN:
		if (check->outcome == CHECK_VERIFIED)
			check->outcome = CHECK_INCOMPLETE;
		break;
	}
}

/* The hash in the header is that of the content shown. */
static bool is_hash_right(const struct bundle_entry *entry)
{
	uint8_t found[CHAIN_HASH_LEN];
	struct chain_header header;

	hash(found, entry->salt, entry->content);
	return chain_header_read(&header, entry->header.at,
				 entry->header.len) &&
	       header.content_len == entry->content.len &&
	       memcmp(header.content, found, CHAIN_HASH_LEN) == 0;
}

static void check_contents(struct check *check, const struct bundle *bundle)
{
	const struct bundle_entry *subject = &bundle->entries[check->subject];

	for (size_t i = 0; i < bundle->n_entries; i++)
		if (bundle->entries[i].content.at &&
		    !is_hash_right(&bundle->entries[i]))
			check_add_fault(check,
					"entry at place %zu: the content is "
					"not what was signed",
					i + 1);
		else if (i == check->subject)
			check->is_content_signed = subject->content.at != NULL;
	if (!subject->content.at) {
		if (check->outcome == CHECK_VERIFIED)
			check->outcome = CHECK_INCOMPLETE;
		return;
	}
	/* What is not signed, or out of the chain, says nothing. */
	if (check->n_faults > 0)
		return;
	if (!evidence_content_read(&check->content, subject->content.at,
				   subject->content.len)) {
		check_add_fault(check, "the content makes no sense");
		return;
	}
	check->has_content = true;
	if (check->has_header && memcmp(check->content.plan.meeting_id,
					check->header.meeting_id, 16) != 0)
		check_add_fault(check, "the content is of another meeting "
				       "than the entry");
	check_verdict(check);
}

/* ---------------------------------------------------------------- receipts */

/* The place of the entry that a receipt is for; n_entries if there is none.
 * Numbers ascend, or the chain is refuted anyway. */
static size_t
place_of(const struct bundle *bundle, const struct chain_statement *statement)
{
	uint8_t head[CHAIN_HASH_LEN];
	size_t low = 0, high = bundle->n_entries;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (number_of(&bundle->entries[middle]) < statement->number)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == bundle->n_entries)
		return low;
	hash(head, bundle->entries[low].header, bundle->entries[low].signature);
	return number_of(&bundle->entries[low]) == statement->number &&
			       memcmp(head, statement->head, CHAIN_HASH_LEN) ==
				       0
		       ? low
		       : bundle->n_entries;
}

static void
check_receipt(struct check *check, const struct bundle *bundle, size_t i)
{
	const struct bundle_receipt *receipt = &bundle->receipts[i];
	struct chain_statement statement;

	if (!is_signed(bundle->organization_key, receipt->statement,
		       receipt->signature) ||
	    !chain_statement_read(&statement, receipt->statement.at,
				  receipt->statement.len)) {
		check_add_fault(check,
				"receipt %zu is not by the organisation's key",
				i + 1);
		return;
	}
	size_t place = place_of(bundle, &statement);
	if (memcmp(statement.device_id, bundle->device_id.at, 16) != 0 ||
	    place == bundle->n_entries) {
		check_add_fault(check,
				"receipt %zu is for another chain than this",
				i + 1);
		return;
	}
	check->n_receipts++;
	if (place >= check->subject && place < check->skipped_from &&
	    (!check->has_receipt || statement.at_us < check->receipt.at_us)) {
		check->receipt = statement;
		check->has_receipt = true;
	}
}

void check_bundle(struct check *check, const struct bundle *bundle)
{
	*check = (struct check){ .finding = EVIDENCE_UNKNOWN,
				 .skipped_from = bundle->n_entries };
	check_fingerprint(check->device_fingerprint, bundle->device_key);
	check_fingerprint(check->organization_fingerprint,
			  bundle->organization_key);
	check->subject = bundle->n_entries - 1;
	for (size_t i = 0; i < bundle->n_entries; i++)
		if (bundle->entries[i].content.at)
			check->subject = i;
	check_chain(check, bundle);
	check_contents(check, bundle);
	for (size_t i = 0; i < bundle->n_receipts; i++)
		check_receipt(check, bundle, i);
}
