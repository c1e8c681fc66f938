/*
 * Signing in and out, and passwords. Owns the constant answers: whether the
 * name or the password was wrong is never told, in words or in time.
 */
#include "app/devices.h"
#include "app/enroll.h"
#include "app/kinds.h"
#include "app/parts.h"
#include "app/password.h"
#include "app/service_token.h"
#include "app/throttle.h"
#include "app/token.h"
#include "app/wipes.h"
#include "outrider/v1/auth.pb-c.h"

#include <string.h>

#define RANK_OF(rank) ((Outrider__V1__Rank)(rank))

static struct password_cost cost_of(const struct app_call *call)
{
	const struct app_config *config = &call->app->config;

	return (struct password_cost){ .memory = config->password_memory,
				       .passes = config->password_passes };
}

static enum outrider_code refuse_credentials(struct app_call *call)
{
	call->reason = "BAD_CREDENTIALS";
	return err_set(&call->err, OUTRIDER_UNAUTHENTICATED, NULL,
		       "the login name or the password is wrong");
}

/* --------------------------------------------------------------- attempts */

/* Who tries, as failed attempts are counted. */
struct attempt {
	struct bytes name, peer;
};

/* The login name without case, as the store compares it. */
static struct bytes fold_name(struct app_call *call, const char *name)
{
	struct bytes copy = arena_copy(&call->arena, name, strlen(name));
	uint8_t *at = (uint8_t *)copy.at;

	for (size_t i = 0; i < copy.len; i++)
		if (at[i] >= 'A' && at[i] <= 'Z')
			at[i] = (uint8_t)(at[i] - 'A' + 'a');
	return copy;
}

static enum outrider_code
begin_attempt(struct attempt *out, struct app_call *call, const char *name)
{
	struct throttle *throttle = call->app->throttle;
	int64_t wait_us;

	out->name = fold_name(call, name);
	out->peer = call->private->peer;
	wait_us = throttle_attempt(throttle, THROTTLE_PEER, out->peer);
	if (wait_us == 0) {
		wait_us = throttle_attempt(throttle, THROTTLE_LOGIN_NAME,
					   out->name);
		if (wait_us > 0)
			throttle_forgive(throttle, THROTTLE_PEER, out->peer);
	}
	if (wait_us == 0)
		return OUTRIDER_OK;
	call->retry_after_us = wait_us;
	call->reason = "TOO_MANY_ATTEMPTS";
	return err_set(&call->err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
		       "too many failed attempts: wait before the next");
}

static void forgive_attempt(struct app_call *call, const struct attempt *a)
{
	throttle_forgive(call->app->throttle, THROTTLE_PEER, a->peer);
	throttle_forgive(call->app->throttle, THROTTLE_LOGIN_NAME, a->name);
}

/* A user's encoded password; one that nothing fits where none is set. */
static enum outrider_code read_password(char out[PASSWORD_ENCODED_MAX],
					struct app_call *call,
					const struct uuid *user)
{
	enum outrider_code code =
		identity_password_get(call_conn(call), out, user, &call->err);

	if (code != OUTRIDER_NOT_FOUND)
		return code;
	password_none(out, call_context(call), cost_of(call));
	return OUTRIDER_OK;
}

/*
 * Hashing takes long, and commits wait in a queue: what was checked on the
 * worker must still stand in the write, or who has the old password slips in
 * behind its change.
 */
static enum outrider_code
check_unchanged(struct app_call *call, struct store_conn *tx,
		const struct uuid *user, const char *checked,
		struct outrider_err *err)
{
	char standing[PASSWORD_ENCODED_MAX];
	enum outrider_code code =
		identity_password_get(tx, standing, user, err);

	if (code == OUTRIDER_OK && strcmp(standing, checked) == 0)
		return OUTRIDER_OK;
	if (code != OUTRIDER_OK && code != OUTRIDER_NOT_FOUND)
		return code;
	call->reason = "BAD_CREDENTIALS";
	return err_set(err, OUTRIDER_UNAUTHENTICATED, NULL,
		       "the login name or the password is wrong");
}

/* ------------------------------------------------------------------ Login */

struct login {
	struct identity_token token;
	char encoded[PASSWORD_ENCODED_MAX]; /* what the password fitted */
	char token_text[TOKEN_TEXT_LEN + 1];
	enum rank rank;
};

/* The user of the name, or NULL, and what their password is checked with. */
static enum outrider_code find_account(struct row **user,
				       char encoded[PASSWORD_ENCODED_MAX],
				       struct app_call *call, const char *name)
{
	struct store_conn *conn = call_conn(call);
	enum outrider_code code = store_read_begin(conn, NULL, &call->err);

	if (code != OUTRIDER_OK)
		return code;
	code = store_user_by_login(conn, user, name, strlen(name), &call->arena,
				   &call->err);
	if (code == OUTRIDER_OK) {
		code = read_password(encoded, call, &(*user)->id);
	} else if (code == OUTRIDER_NOT_FOUND) {
		*user = NULL;
		password_none(encoded, call_context(call), cost_of(call));
		code = OUTRIDER_OK;
	}
	store_read_end(conn);
	return code;
}

/* Who is disabled behind the check gets no token that outlives it. */
static enum outrider_code
check_active(struct app_call *call, struct store_conn *tx,
	     const struct uuid *id, struct outrider_err *err)
{
	struct row *user;
	enum outrider_code code = store_get(tx, &user, schema_entity(KIND_USER),
					    id, &call->arena, err);

	if (code != OUTRIDER_OK || kind_user_is_active(user))
		return code;
	call->reason = "BAD_CREDENTIALS";
	return err_set(err, OUTRIDER_UNAUTHENTICATED, NULL,
		       "the login name or the password is wrong");
}

static enum outrider_code
run_login(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct app_call *call = user;
	const struct login *login = call->state;
	enum outrider_code code;

	code = check_active(call, tx, &login->token.user, err);
	if (code != OUTRIDER_OK)
		return code;
	code = check_unchanged(call, tx, &login->token.user, login->encoded,
			       err);
	if (code != OUTRIDER_OK)
		return code;
	code = identity_tokens_expire(tx, call_now_us(call), err);
	if (code != OUTRIDER_OK)
		return code;
	return identity_token_put(tx, &login->token, err);
}

static enum outrider_code after_login(struct app_call *call)
{
	struct login *login = call->state;
	char user_id[UUID_TEXT_LEN + 1];
	Google__Protobuf__Timestamp expires = GOOGLE__PROTOBUF__TIMESTAMP__INIT;
	Outrider__V1__LoginResponse reply = OUTRIDER__V1__LOGIN_RESPONSE__INIT;

	uuid_format(user_id, &login->token.user);
	expires.seconds = login->token.expires_us / 1000000;
	expires.nanos = (int32_t)(login->token.expires_us % 1000000 * 1000);
	reply.access_token = login->token_text;
	reply.expire_time = &expires;
	reply.user_id = user_id;
	reply.rank = RANK_OF(login->rank);
	return call_reply(call, &reply.base);
}

static enum outrider_code start_login(struct app_call *call)
{
	const Outrider__V1__LoginRequest *request =
		call_unpack(call, &outrider__v1__login_request__descriptor);
	struct login *login = arena_alloc(&call->arena, sizeof(*login));
	struct attempt attempt;
	struct row *user;
	enum outrider_code code;

	if (!request || !login)
		return err_call_full(&call->err);
	code = begin_attempt(&attempt, call, request->login_name);
	if (code != OUTRIDER_OK)
		return code;
	code = find_account(&user, login->encoded, call, request->login_name);
	if (code != OUTRIDER_OK)
		return code;
	/* The password first: a disabled user's answer takes as long. */
	if (!password_fits(login->encoded, request->password,
			   strlen(request->password)) ||
	    !user || !kind_user_is_active(user))
		return refuse_credentials(call);
	forgive_attempt(call, &attempt);
	token_make(login->token_text, login->token.hash, call_context(call));
	login->token.user = user->id;
	login->token.expires_us =
		call_now_us(call) + call->app->config.token_life_us;
	login->rank = kind_user_rank(user);
	call->state = login;
	return call_write(call, run_login, after_login);
}

/* ----------------------------------------------------------------- Logout */

static enum outrider_code
run_logout(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct app_call *call = user;

	return identity_token_delete(tx, call->principal.token_hash, err);
}

static enum outrider_code after_logout(struct app_call *call)
{
	const Outrider__V1__LogoutResponse reply =
		OUTRIDER__V1__LOGOUT_RESPONSE__INIT;

	return call_reply(call, &reply.base);
}

static enum outrider_code start_logout(struct app_call *call)
{
	return call_write(call, run_logout, after_logout);
}

/* ------------------------------------------------------------ SetPassword */

struct new_password {
	struct uuid user;
	char old[PASSWORD_ENCODED_MAX]; /* what the old password fitted */
	char encoded[PASSWORD_ENCODED_MAX];
	bool is_own;
};

static enum outrider_code
run_set_password(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct app_call *call = user;
	const struct new_password *new = call->state;
	enum outrider_code code = OUTRIDER_OK;

	if (new->is_own)
		code = check_unchanged(call, tx, &new->user, new->old, err);
	if (code == OUTRIDER_OK)
		code = identity_password_put(tx, &new->user, new->encoded, err);
	if (code != OUTRIDER_OK)
		return code;
	return identity_tokens_delete_of(
		tx, &new->user, new->is_own ? call->principal.token_hash : NULL,
		err);
}

static enum outrider_code after_set_password(struct app_call *call)
{
	const Outrider__V1__SetPasswordResponse reply =
		OUTRIDER__V1__SET_PASSWORD_RESPONSE__INIT;

	return call_reply(call, &reply.base);
}

/* Whose password it is. */
static enum outrider_code
find_target(struct new_password *new, struct app_call *call, const char *id)
{
	const struct principal *who = &call->principal;

	if (who->is_service)
		return err_set(&call->err, OUTRIDER_PERMISSION_DENIED, NULL,
			       "a program sets no passwords");
	new->user = who->user;
	if (id[0] && !uuid_parse(&new->user, id, strlen(id)))
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT, "user_id",
			       "user_id is not a UUID");
	new->is_own = uuid_compare(&new->user, &who->user) == 0;
	if (!new->is_own && who->rank < RANK_ADMINISTRATOR)
		return err_set(&call->err, OUTRIDER_PERMISSION_DENIED, NULL,
			       "only an administrator sets the passwords of "
			       "others");
	return OUTRIDER_OK;
}

/* The target's row and, if it is the caller, what stands now. */
static enum outrider_code
read_target(struct row **user, struct new_password *new, struct app_call *call)
{
	struct store_conn *conn = call_conn(call);
	enum outrider_code code = store_read_begin(conn, NULL, &call->err);

	if (code != OUTRIDER_OK)
		return code;
	code = store_get(conn, user, schema_entity(KIND_USER), &new->user,
			 &call->arena, &call->err);
	if (code == OUTRIDER_OK && new->is_own)
		code = read_password(new->old, call, &new->user);
	store_read_end(conn);
	if (code == OUTRIDER_NOT_FOUND ||
	    (code == OUTRIDER_OK && (*user)->deleted_us != 0))
		return err_set(&call->err, OUTRIDER_NOT_FOUND, NULL,
			       "there is no such user");
	return code;
}

/* The old password, counted like signing in: a stolen token finds no more. */
static enum outrider_code
check_old_password(struct app_call *call, const struct row *user,
		   const char *encoded, const char *old)
{
	const struct value *name = kind_value(user, USER_LOGIN_NAME);
	struct bytes text =
		arena_copy(&call->arena, name->bytes.at, name->bytes.len);
	struct attempt attempt;
	enum outrider_code code;

	if (!text.at)
		return err_call_full(&call->err);
	code = begin_attempt(&attempt, call, (const char *)text.at);
	if (code != OUTRIDER_OK)
		return code;
	if (!password_fits(encoded, old, strlen(old))) {
		call->reason = "BAD_CREDENTIALS";
		return err_set(&call->err, OUTRIDER_INVALID_ARGUMENT,
			       "old_password", "the old password is wrong");
	}
	forgive_attempt(call, &attempt);
	return OUTRIDER_OK;
}

static enum outrider_code start_set_password(struct app_call *call)
{
	const Outrider__V1__SetPasswordRequest *request = call_unpack(
		call, &outrider__v1__set_password_request__descriptor);
	struct new_password *new = arena_alloc(&call->arena, sizeof(*new));
	struct row *user;
	enum outrider_code code;

	if (!request || !new)
		return err_call_full(&call->err);
	code = find_target(new, call, request->user_id);
	if (code == OUTRIDER_OK)
		code = read_target(&user, new, call);
	if (code == OUTRIDER_OK && new->is_own)
		code = check_old_password(call, user, new->old,
					  request->old_password);
	if (code == OUTRIDER_OK)
		code = password_hash(new->encoded, call_context(call),
				     cost_of(call), request->new_password,
				     strlen(request->new_password), &call->err);
	if (code != OUTRIDER_OK)
		return code;
	call->state = new;
	return call_write(call, run_set_password, after_set_password);
}

const struct call_handler auth_handlers[] = {
	{ "/outrider.v1.AuthService/Login", start_login },
	{ "/outrider.v1.AuthService/Logout", start_logout },
	{ "/outrider.v1.AuthService/SetPassword", start_set_password },
	{ "/outrider.v1.AuthService/CreateEnrollmentCode", enroll_create_code },
	{ "/outrider.v1.AuthService/EnrollDevice", enroll_device },
	{ "/outrider.v1.AuthService/ListDevices", devices_list },
	{ "/outrider.v1.AuthService/WithdrawDevice", devices_withdraw },
	{ "/outrider.v1.AuthService/WipeDevice", wipes_order },
	{ "/outrider.v1.AuthService/SubmitWipeReceipt", wipes_receipt },
	{ "/outrider.v1.AuthService/CreateServiceToken", service_token_create },
	{ .path = NULL },
};
