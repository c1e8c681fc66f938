/*
 * CreateServiceToken: the one good token of a service account. It never runs
 * out; making another, disabling the account or deleting it withdraws it.
 */
#include "app/service_token.h"

#include "app/kinds.h"
#include "app/parts.h"
#include "app/token.h"
#include "outrider/v1/auth.pb-c.h"

#include <string.h>

struct new_token {
	struct identity_token token;
	char text[TOKEN_TEXT_LEN + 1];
};

static enum outrider_code
check_account(struct app_call *call, struct store_conn *tx,
	      const struct uuid *id, struct outrider_err *err)
{
	struct row *account;
	enum outrider_code code = store_get(tx, &account,
					    schema_entity(KIND_SERVICE_ACCOUNT),
					    id, &call->arena, err);

	if (code == OUTRIDER_NOT_FOUND ||
	    (code == OUTRIDER_OK && account->deleted_us != 0))
		return err_set(err, OUTRIDER_NOT_FOUND, NULL,
			       "there is no such service_account");
	if (code == OUTRIDER_OK &&
	    kind_value(account, SERVICE_IS_DISABLED)->i != 0)
		return err_set(err, OUTRIDER_FAILED_PRECONDITION, NULL,
			       "this service_account is disabled");
	return code;
}

static enum outrider_code
run_create(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct app_call *call = user;
	const struct new_token *new = call->state;
	enum outrider_code code =
		check_account(call, tx, &new->token.user, err);

	if (code == OUTRIDER_OK)
		code = identity_tokens_delete_of(tx, &new->token.user, NULL,
						 err);
	if (code != OUTRIDER_OK)
		return code;
	return identity_token_put(tx, &new->token, err);
}

static enum outrider_code after_create(struct app_call *call)
{
	struct new_token *new = call->state;
	char id[UUID_TEXT_LEN + 1], by[UUID_TEXT_LEN + 1];
	Outrider__V1__CreateServiceTokenResponse reply =
		OUTRIDER__V1__CREATE_SERVICE_TOKEN_RESPONSE__INIT;

	uuid_format(id, &new->token.user);
	uuid_format(by, &call->principal.user);
	context_log(call_context(call), LOG_LEVEL_INFO,
		    "auth.service_token_made", "account=%s by=%s", id, by);
	reply.access_token = new->text;
	return call_reply(call, &reply.base);
}

enum outrider_code service_token_create(struct app_call *call)
{
	const Outrider__V1__CreateServiceTokenRequest *request = call_unpack(
		call, &outrider__v1__create_service_token_request__descriptor);
	struct new_token *new = arena_alloc(&call->arena, sizeof(*new));

	if (!request || !new)
		return err_call_full(&call->err);
	/* Or a program that was found out would outlive its own token. */
	if (call->principal.is_service)
		return err_set(&call->err, OUTRIDER_PERMISSION_DENIED, NULL,
			       "a program makes no tokens");
	if (!uuid_parse(&new->token.user, request->service_account_id,
			strlen(request->service_account_id)))
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
			       "service_account_id",
			       "service_account_id is not a UUID");
	token_make(new->text, new->token.hash, call_context(call));
	call->state = new;
	return call_write(call, run_create, after_create);
}
