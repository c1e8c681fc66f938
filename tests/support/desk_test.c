/*
 * See desk_test.h.
 */
#include "desk_test.h"

#include "model/uuid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { REQUEST_MAX = 1 << 20, PATH_MAX_LEN = 128, IDS = 1024 };

int desk_open(void **state)
{
	static struct desk_test test;
	struct app_harness *h = &test.harness;
	struct uuid south;

	memset(&test, 0, sizeof(test));
	harness_open(h);
	test.north = harness_add_team(h, "North", NULL);
	south = harness_add_team(h, "South", NULL);
	test.rep = harness_add_user(h, "rep", RANK_REP, &test.north);
	test.other = harness_add_user(h, "other", RANK_REP, &south);
	test.manager =
		harness_add_user(h, "manager", RANK_MANAGER, &test.north);
	buffer_init(&test.kept, &allocator_libc, REQUEST_MAX);
	*state = &test;
	return 0;
}

int desk_close(void **state)
{
	struct desk_test *t = *state;

	buffer_free(&t->kept);
	harness_close(&t->harness);
	return 0;
}

static enum outrider_code call(struct desk_test *t,
			       const struct harness_user *who, const char *path,
			       const char *text)
{
	char whole[PATH_MAX_LEN];
	const struct method *method;
	struct buffer request;

	snprintf(whole, sizeof(whole), "/outrider.v1.%s", path);
	method = schema_method(whole, strlen(whole));
	if (!method) {
		fail_msg("there is no %s", path);
		abort();
	}
	buffer_init(&request, &allocator_libc, REQUEST_MAX);
	text_write(&request, method->request, "%s", text);
	t->answer = method->response;
	t->reply = harness_call(&t->harness, path,
				who ? who->token : t->harness.admin_token,
				request.at, request.len);
	buffer_free(&request);
	buffer_clear(&t->kept);
	if (t->reply->code == OUTRIDER_OK)
		buffer_append(&t->kept, t->reply->message.at,
			      t->reply->message.len);
	return t->reply->code;
}

static struct bytes kept(const struct desk_test *t)
{
	return (struct bytes){ t->kept.at, t->kept.len };
}

static char *format_text(const char *format, va_list args)
	__attribute__((format(printf, 1, 0)));

static char *format_text(const char *format, va_list args)
{
	static char text[1 << 16];
	int len = vsnprintf(text, sizeof(text), format, args);

	assert_true(len >= 0 && (size_t)len < sizeof(text));
	return text;
}

enum outrider_code desk_call(struct desk_test *t,
			     const struct harness_user *who, const char *path,
			     const char *format, ...)
{
	va_list args;
	const char *text;

	va_start(args, format);
	text = format_text(format, args);
	va_end(args);
	return call(t, who, path, text);
}

const char *desk_make(struct desk_test *t, const struct harness_user *who,
		      const char *path, const char *format, ...)
{
	static char ids[IDS][UUID_TEXT_LEN + 1];
	static unsigned next;
	char *id = ids[next++ % IDS];
	va_list args;
	const char *text;

	va_start(args, format);
	text = format_text(format, args);
	va_end(args);
	if (call(t, who, path, text) != OUTRIDER_OK)
		fail_msg("%s: %s", path, t->reply->text);
	if (t->answer->entity)
		snprintf(id, sizeof(ids[0]), "%s",
			 text_at(t->answer, kept(t), "id"));
	return id;
}

void desk_expect(struct desk_test *t, const char *path, const char *value)
{
	const char *found;

	if (t->reply->code != OUTRIDER_OK)
		fail_msg("%s", t->reply->text);
	found = text_at(t->answer, kept(t), path);
	if (strcmp(found, value) != 0)
		fail_msg("%s is \"%s\", not \"%s\"", path, found, value);
}

void desk_expect_fault(struct desk_test *t, enum outrider_code code,
		       const char *field)
{
	char violation[96];

	harness_violation(violation, t->reply);
	if (t->reply->code != code || strcmp(violation, field) != 0)
		fail_msg("%s at \"%s\", not %s at \"%s\": %s",
			 code_name(t->reply->code), violation, code_name(code),
			 field, t->reply->text);
}
