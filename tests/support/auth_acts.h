/*
 * Acts of signing in that tests of auth and of devices share.
 */
#ifndef SUPPORT_AUTH_ACTS_H
#define SUPPORT_AUTH_ACTS_H

#include "app_harness.h"

#include "app/token.h"
#include "outrider/v1/auth.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define SECOND_US INT64_C(1000000)
#define HOUR_US	  (3600 * SECOND_US)

static inline int open_firm(void **state)
{
	static struct app_harness harness;

	harness_open(&harness);
	*state = &harness;
	return 0;
}

static inline int close_firm(void **state)
{
	harness_close(*state);
	return 0;
}

static inline void pass_time(struct app_harness *h, int64_t us)
{
	h->wall_us += us;
	h->mono_us += us;
}

static inline const struct harness_reply *
login(struct app_harness *h, const char *name, const char *password)
{
	Outrider__V1__LoginRequest request = OUTRIDER__V1__LOGIN_REQUEST__INIT;

	request.login_name = (char *)name;
	request.password = (char *)password;
	return harness_call_message(h, "AuthService/Login", NULL,
				    &request.base);
}

/* The access token of a good login. */
static inline void sign_in(struct app_harness *h, const char *name,
			   const char *password, char token[TOKEN_TEXT_LEN + 1])
{
	const struct harness_reply *reply = login(h, name, password);

	harness_expect(reply, OUTRIDER_OK);
	harness_text(token, TOKEN_TEXT_LEN + 1, reply->message, 1);
	assert_int_equal(strlen(token), TOKEN_TEXT_LEN);
}

/* Is the token good for anything? */
static inline enum outrider_code
try_token(struct app_harness *h, const char *token)
{
	return harness_call(h, "TeamService/ListTeams", token, NULL, 0)->code;
}

#endif
