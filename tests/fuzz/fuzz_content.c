/*
 * The content of an evidence entry from anyone: refused, or written again it
 * is the same bytes, and its verdict can be recomputed.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model/evidence.h"
#include "model/spoof.h"
#include "model/track_match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_again(const struct evidence_content *content,
			const uint8_t *data, size_t size)
{
	uint8_t buffer[EVIDENCE_MAX_BYTES];
	struct evidence_draft draft;
	struct evidence_cursor cursor;
	struct tick tick;
	if (!evidence_draft_begin(&draft, buffer, &content->plan,
				  content->opened_us))
		abort();
	evidence_cursor_start(&cursor, content);
	while (evidence_cursor_next(&cursor, &tick))
		if (!evidence_draft_append(&draft, &tick))
			abort();
	if (!evidence_draft_finish(&draft, content->closed_us,
				   &content->signals, &content->verdict) ||
	    draft.len != size || memcmp(buffer, data, size) != 0)
		abort();
}

static void resume(const uint8_t *data, size_t size)
{
	uint8_t buffer[EVIDENCE_MAX_BYTES];
	struct evidence_draft draft;
	if (size > sizeof(buffer))
		return;
	memcpy(buffer, data, size);
	(void)evidence_draft_resume(&draft, buffer, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct evidence_content content;
	struct visit_verdict verdict;
	struct spoof_finding spoof;
	struct track_match match;
	resume(data, size);
	if (!evidence_content_read(&content, data, size))
		return 0;
	if (content.algorithm == VISIT_ALGORITHM &&
	    content.parameters == VISIT_PARAMETERS)
		write_again(&content, data, size);
	(void)evidence_recompute(&content, &verdict);
	spoof_score(&spoof, &content);
	(void)track_is_again(&match, &content, &content);
	return 0;
}
