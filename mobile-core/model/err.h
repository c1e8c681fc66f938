/*
 * Error codes and the caller-owned error record.
 *
 * The closed list of codes stands in the public header, because apps see
 * them; this adds how inner functions report them.
 */
#ifndef MODEL_ERR_H
#define MODEL_ERR_H

#include "outrider.h"

/* Ignoring a code is a warning, and in CI an error. */
#define MODEL_MUST_USE __attribute__((warn_unused_result))

/*
 * Fills err and returns code. field is the path of the field at fault, such
 * as "contact.phones[2].number", or NULL. The text is written for the person
 * who caused the error; it never quotes a database or personal data.
 */
enum outrider_code err_set(struct outrider_err *err, enum outrider_code code,
			   const char *field, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* RESOURCE_EXHAUSTED: the allocator has nothing left. */
enum outrider_code err_no_memory(struct outrider_err *err);
/* RESOURCE_EXHAUSTED: a call of the server's is at its arena's ceiling. */
enum outrider_code err_call_full(struct outrider_err *err);

/* Makes err say OUTRIDER_OK. */
void err_clear(struct outrider_err *err);

/* "NOT_FOUND"; its text; its gRPC status number; may the same call work
 * later? */
const char *code_name(enum outrider_code code);
const char *code_text(enum outrider_code code);
int code_grpc_status(enum outrider_code code);
bool code_is_retryable(enum outrider_code code);
enum outrider_code code_from_grpc_status(int status);

#endif
