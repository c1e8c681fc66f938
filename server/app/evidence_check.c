/*
 * An entry verified: see evidence_check.h and docs/formats/evidence.md.
 */
#include "app/evidence_check.h"

#include "app/digest.h"

#include <sodium.h>
#include <string.h>

_Static_assert(EVIDENCE_SIGNATURE_LEN == crypto_sign_BYTES, "Ed25519");
_Static_assert(CHAIN_HASH_LEN == DIGEST_LEN, "BLAKE2b-256");

static bool
is_signed_by(const struct evidence_bytes *entry, const uint8_t signing_key[32])
{
	return entry->signature.len == crypto_sign_BYTES &&
	       crypto_sign_verify_detached(entry->signature.at,
					   entry->header.at, entry->header.len,
					   signing_key) == 0;
}

static bool is_content_signed(const struct evidence_claim *claim,
			      const struct evidence_bytes *entry)
{
	const struct bytes parts[] = { entry->salt, entry->content };
	uint8_t hash[DIGEST_LEN];

	if (entry->salt.len != CHAIN_SALT_LEN ||
	    entry->content.len != claim->header.content_len)
		return false;
	digest_of(hash, parts, 2);
	return memcmp(hash, claim->header.content, sizeof(hash)) == 0;
}

/* As evidence_recompute, and where the person was. */
static void recompute(struct evidence_claim *claim)
{
	uint8_t told[VISIT_VERDICT_BYTES], found[VISIT_VERDICT_BYTES];
	struct visit visit;

	claim->finding = EVIDENCE_UNKNOWN;
	claim->verdict = claim->content.verdict;
	if (!evidence_replay(&visit, &claim->content))
		return;
	visit_verdict_write(told, &claim->verdict);
	visit_decide(&visit, &claim->verdict);
	visit_verdict_write(found, &claim->verdict);
	claim->finding = memcmp(told, found, sizeof(told)) == 0
				 ? EVIDENCE_EQUAL
				 : EVIDENCE_DIFFERENT;
	claim->has_centre = visit_centre(&visit, &claim->centre);
}

const char *
evidence_check(struct evidence_claim *out, const struct evidence_bytes *entry,
	       const struct uuid *device, const uint8_t signing_key[32])
{
	const struct bytes chained[] = { entry->header, entry->signature };

	memset(out, 0, sizeof(*out));
	if (!chain_header_read(&out->header, entry->header.at,
			       entry->header.len))
		return "its header is malformed";
	if (memcmp(out->header.device_id, device->at, sizeof(device->at)) != 0)
		return "it names another device";
	if (!is_signed_by(entry, signing_key))
		return "its signature doesn't verify";
	out->is_signed = true;
	digest_of(out->hash, chained, 2);
	if (!is_content_signed(out, entry))
		return "its content is not what was signed";
	if (!evidence_content_read(&out->content, entry->content.at,
				   entry->content.len))
		return "its content is malformed";
	if (memcmp(out->content.plan.meeting_id, out->header.meeting_id,
		   sizeof(out->header.meeting_id)) != 0)
		return "its content is about another meeting";
	recompute(out);
	return NULL;
}

void evidence_sign_statement(uint8_t signature[EVIDENCE_SIGNATURE_LEN],
			     const uint8_t statement[CHAIN_STATEMENT_LEN],
			     const uint8_t sign_secret[64])
{
	crypto_sign_detached(signature, NULL, statement, CHAIN_STATEMENT_LEN,
			     sign_secret);
}
