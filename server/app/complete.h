/*
 * What the server adds to a record before it is written, out of the record
 * alone: telephone numbers in E.164, addresses in their one form. On the
 * worker, so that the writer parses nothing.
 *
 * Knows no other record: who has a number is app/laws_reach.c's question.
 */
#ifndef APP_COMPLETE_H
#define APP_COMPLETE_H

#include "app/write.h"

/*
 * Completes the values of a CREATE or UPDATE, in a copy of them in the arena;
 * other intents stay as they are. In a message that has a handle which the
 * server sets (Phone.e164), it is made out of the message's first field, and
 * what a client sent there is gone; Call.e164 and Message.normalized_address
 * are made of what they are the normal form of.
 *
 * Call it once for each intent, when its values were read and before the write
 * is submitted; for those that the server makes itself, too. It touches what
 * is set in `which` alone and adds nothing to it, but marks in
 * intent->completed which fields aren't as they were sent.
 *
 * Errors: RESOURCE_EXHAUSTED.
 */
MODEL_MUST_USE enum outrider_code
complete_record(struct write_intent *intent, const struct app *app,
		struct arena *arena, struct outrider_err *err);

/* Is there anything to complete in records of this kind? */
bool complete_concerns(const struct entity *entity);

#define ADDRESS_NORMAL_MAX 256

/* How a person is reached. Not to be copied: text stands in room. */
struct address {
	/* Where to look for who has it; NONE: nowhere (a letter's, the name
	 * that a firm sends messages under). */
	enum field_handle type;
	struct bytes text; /* the one form; empty: no address */
	/* A phone number in E.164; without, it stands as it was written, and
	 * is found by who has the same digits. */
	bool is_e164;
	char room[ADDRESS_NORMAL_MAX];
};

/*
 * What the text looks like, in this order: an e-mail address, in small
 * letters; a phone number, in E.164 where it has one; an account, in small
 * letters. Small are ASCII letters only. Blank or too long: empty. region: ISO
 * 3166 alpha-2, or empty.
 */
void address_read(struct address *out, struct bytes text, const char *region);
/* Without blanks at its ends. */
struct bytes address_trim(struct bytes text);
/* The address in a call, a message or an answer; of other kinds empty. */
void address_of_row(struct address *out, const struct row *row,
		    const char *region);

/*
 * Sets what a kind has as a field for the form of its own address (Call.e164,
 * Message.normalized_address); other kinds are left as they are.
 */
MODEL_MUST_USE enum outrider_code
complete_address(struct row *row, const char *region, struct arena *arena,
		 struct outrider_err *err);
/* That field's number, or 0. */
uint32_t complete_address_field(const struct entity *entity);

#endif
