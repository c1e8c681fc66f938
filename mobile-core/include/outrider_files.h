/*
 * A part of outrider.h, which includes it: questionnaires and attached files
 * without a network.
 */
#ifndef OUTRIDER_FILES_H
#define OUTRIDER_FILES_H

#include "outrider.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------------ forms */

/*
 * A questionnaire (a card "form") is filled in as a card "answer", and that is
 * an edit like any other: whom it is of (contact_ids, lead_id, company_id or
 * address), place and all else are set with outrider_edit_set. These calls do
 * what fields alone make awkward: the questions, and answers by their type.
 *
 *	outrider_form_begin -> outrider_form_questions, outrider_form_answer ...
 *	     -> outrider_edit_commit (finished), or outrider_edit_keep (a draft)
 *
 * An answer that exists is changed with outrider_edit_begin("answer") and the
 * same calls, before it was sent or after. Commit asks the form's law: all that
 * is required is answered, and each answer fits its question. The server asks
 * the same, in the same words, of the form as it ever stood.
 */

/* As QuestionType of form.proto; texts as they are given and taken. */
enum outrider_question_type {
	OUTRIDER_QUESTION_UNKNOWN,
	OUTRIDER_QUESTION_TEXT,
	OUTRIDER_QUESTION_NUMBER,  /* "12.5" */
	OUTRIDER_QUESTION_YES_NO,  /* "yes", "no" */
	OUTRIDER_QUESTION_CHOICE,  /* one of the choices */
	OUTRIDER_QUESTION_CHOICES, /* several of them, each a text */
	OUTRIDER_QUESTION_DATE,	   /* "2026-11-21" */
	OUTRIDER_QUESTION_RATING,  /* "1" to "5" */
};

struct outrider_question {
	const char *key; /* its name, which stays */
	const char *text;
	enum outrider_question_type type;
	const char *const *choices;
	size_t n_choices;
	bool is_required;
	const char *const *answers; /* what was said so far */
	size_t n_answers;	    /* 0: nothing */
};

/* The question is borrowed for the call. Return false to stop. */
typedef bool
outrider_question_fn(void *user, const struct outrider_question *question);

/*
 * Begins an answer to a form: a new card, with the form and the time set.
 * Errors: LOCKED, NOT_FOUND (the form is not on this phone).
 */
OUTRIDER_CHECKED enum outrider_code
outrider_form_begin(struct outrider_edit **out, struct outrider *core,
		    const uint8_t form_id[16], struct outrider_err *err);
/*
 * Visits the questions of the form that an edit of an answer belongs to, in the
 * form's order, with what is answered.
 * Errors: INVALID_ARGUMENT (an edit of another kind), NOT_FOUND (the form).
 */
OUTRIDER_CHECKED enum outrider_code
outrider_form_questions(struct outrider_edit *edit,
			outrider_question_fn *callback, void *user,
			struct outrider_err *err);
/*
 * Answers one question, in place of what was said; n 0 takes that back. Texts
 * as struct outrider_question gives them; more than one for CHOICES only.
 * Errors: INVALID_ARGUMENT naming the question (it asks for something else, or
 * the form has no such one), NOT_FOUND (the form).
 */
OUTRIDER_CHECKED enum outrider_code
outrider_form_answer(struct outrider_edit *edit, const char *key,
		     const char *const *texts, size_t n,
		     struct outrider_err *err);

/* ------------------------------------------------------------------ files */

/*
 * An attachment is a card ("attachment") and a content of 1 byte to 64 MiB. The
 * card comes with every sync; its content is on the phone where it was attached
 * here or is wanted, sealed in pieces, and goes when the card goes.
 */

/* Reads the next bytes of a file: how many, at most room; 0 at its end, -1
 * where it can't be read. As a hook, it must not call the core. */
typedef ptrdiff_t outrider_read_fn(void *user, uint8_t *out, size_t room);

struct outrider_attachment {
	const char *kind; /* of the card that it hangs on, "deal"; or NULL */
	const uint8_t *card_id;
	const char *name;	/* "offer.pdf" */
	const char *media_type; /* "application/pdf"; or NULL */
};

/*
 * Makes an attachment with the content that read gives: all of it is durable
 * when this returns, or nothing of it is there. The next sync sends the content
 * and then the card. It stays wanted on this phone. id_out may be NULL.
 * Errors: LOCKED, INVALID_ARGUMENT (no file can hang on this kind, an empty or
 * too large file, a law of the card), NOT_FOUND (the card), UNAVAILABLE (it
 * can't be read), RESOURCE_EXHAUSTED (the disk).
 */
OUTRIDER_CHECKED enum outrider_code
outrider_attach(struct outrider *core, uint8_t id_out[16],
		const struct outrider_attachment *attachment,
		outrider_read_fn *read, void *user, struct outrider_err *err);

enum outrider_file_state {
	OUTRIDER_FILE_REMOTE,  /* the server has it, and it isn't wanted here */
	OUTRIDER_FILE_WANTED,  /* syncs fetch it: here_bytes have come */
	OUTRIDER_FILE_HERE,    /* whole, and it has the card's hash */
	OUTRIDER_FILE_TO_SEND, /* whole; the server doesn't have the card yet */
	OUTRIDER_FILE_WRONG,   /* what came didn't have the card's hash */
};

struct outrider_file {
	uint8_t id[16]; /* of the attachment's card */
	const char *name, *media_type;
	int64_t size_bytes; /* 0: not known yet */
	int64_t here_bytes;
	enum outrider_file_state state;
	bool is_wanted;
};

/* The file is borrowed for the call. Return false to stop. */
typedef bool outrider_file_fn(void *user, const struct outrider_file *file);

/*
 * Visits the attachments that hang on a card, or, with kind NULL, all of them,
 * in the order of their names.
 * Errors: LOCKED, INVALID_ARGUMENT (nothing can hang on this kind).
 */
OUTRIDER_CHECKED enum outrider_code
outrider_files(struct outrider *core, const char *kind,
	       const uint8_t card_id[16], outrider_file_fn *callback,
	       void *user, struct outrider_err *err);

/*
 * Wants an attachment's content on this phone: syncs fetch it, a cut one goes
 * on where it was. Or wants it no more: it goes at once, unless the server
 * doesn't have it yet; then as soon as it has. FILE_HERE and FILE_FAILED tell
 * what became of it.
 * Errors: LOCKED, NOT_FOUND, RESOURCE_EXHAUSTED (the disk).
 */
OUTRIDER_CHECKED enum outrider_code
outrider_file_want(struct outrider *core, const uint8_t id[16], bool is_wanted,
		   struct outrider_err *err);

/*
 * Reads *n bytes of a content from offset on, fewer than room at its end. It
 * lies in pieces of 256 KiB, and a call opens each one that it touches: ask for
 * as much as you can hold.
 * Errors: LOCKED, FAILED_PRECONDITION (it isn't here), OUT_OF_RANGE, DATA_LOSS
 * (damaged on this phone: if the server has it, it comes anew).
 */
OUTRIDER_CHECKED enum outrider_code
outrider_file_read(struct outrider *core, size_t *n, uint8_t *out, size_t room,
		   const uint8_t id[16], int64_t offset,
		   struct outrider_err *err);

#ifdef __cplusplus
}
#endif

#endif
