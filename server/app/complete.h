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

/*
 * Is the server's hand in this field, whoever writes it: is it output_only, or
 * has it a message with such a field? A phone never holds it by its own write.
 */
bool complete_fills(const struct field *field);

#define ADDRESS_NORMAL_MAX 256

/* How a person is reached, and what the store knows it by. */
struct address {
	enum field_handle type;
	struct bytes text; /* normalised; empty: no address */
	char room[ADDRESS_NORMAL_MAX];
};

/*
 * A phone number in E.164, an e-mail address in small letters, an account:
 * what the text looks like, in that order. Text that is blank, or too long to
 * be any, comes out empty. region: ISO 3166 alpha-2, or empty.
 */
void address_read(struct address *out, struct bytes text, const char *region);

#endif
