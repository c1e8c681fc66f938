/*
 * What stands in the attached files of the simulated firm: a number gives all
 * bytes of a content, so that none need be kept. And whether the server has
 * them: once, whole, and as they were attached.
 */
#ifndef SIM_CONTENTS_H
#define SIM_CONTENTS_H

#include "look.h"

/* A content that a phone took, and its card, where the phone could say. */
struct attached {
	uint64_t number;
	uint8_t hash[32];
	bool has_id;
	struct uuid id;
};

/* One that nobody has seen yet, or one of the last. */
uint64_t content_draw(struct world *world);
int64_t content_size(uint64_t number);
void content_write(uint8_t *out, size_t len, uint64_t number, int64_t offset);
bool content_is(const uint8_t *at, size_t len, uint64_t number, int64_t offset);

/* A phone is about to take it: it may be there whatever the phone says. */
struct attached *content_note(struct world *world, uint64_t number);
/* What a card with that identifier and hash must have; NULL: nobody attached
 * such a thing. */
const struct attached *content_find(const struct world *world,
				    const struct uuid *id, struct bytes hash);
/* Was it attached more than once, on any phone? */
bool content_is_common(const struct world *world, uint64_t number);
void contents_free(struct world *world);

/* At rest: all that the server took, and nothing that nobody needs. */
void check_contents(struct look *look, struct world *world);

/* A chunk of an upload that may arrive twice: how far the upload is. */
struct upload_mark {
	bool is_there, is_whole;
	int64_t received_bytes, offset; /* offset: the chunk's */
	struct uuid blob;
};

void content_mark_upload(struct upload_mark *out, const struct phone *phone,
			 struct bytes request);
/* After it arrived once more. */
void check_upload_again(const struct upload_mark *before,
			const struct phone *phone, struct bytes request);

#endif
