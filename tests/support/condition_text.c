/*
 * Conditions as text: see condition_text.h.
 */
#include "condition_text.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct printer {
	char *at;
	size_t size, len;
};

static void put(struct printer *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void put(struct printer *p, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(p->at + p->len, p->size - p->len, format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= p->size - p->len)
		fail_msg("a condition of more than %zu bytes", p->size);
	p->len += (size_t)len;
}

static void put_bytes(struct printer *p, struct bytes bytes)
{
	put(p, "\"%.*s\"", (int)bytes.len, (const char *)bytes.at);
}

static void put_id(struct printer *p, struct bytes bytes)
{
	char text[UUID_TEXT_LEN + 1];
	struct uuid id;

	assert_int_equal(bytes.len, sizeof(id.at));
	memcpy(id.at, bytes.at, sizeof(id.at));
	uuid_format(text, &id);
	put(p, "%s", text);
}

static void put_value(struct printer *p, const struct condition_path *path,
		      const struct condition_value *value)
{
	bool is_custom = path->field->flags & FIELD_IS_CUSTOM;
	enum field_type type = is_custom ? path->custom_type
					 : path->field->type;

	if (path->field->number == FIELD_ID)
		type = FIELD_UUID;
	switch (type) {
	case FIELD_STRING:
	case FIELD_BYTES:
	case FIELD_MESSAGE:
		put_bytes(p, value->bytes);
		break;
	case FIELD_UUID:
		put_id(p, value->bytes);
		break;
	case FIELD_DOUBLE:
		put(p, "%.17g", value->d);
		break;
	case FIELD_BOOL:
	case FIELD_INT32:
	case FIELD_INT64:
	case FIELD_UINT32:
	case FIELD_UINT64:
	case FIELD_ENUM:
	case FIELD_TIMESTAMP:
		put(p, "%" PRId64, value->i);
		break;
	}
}

static void put_comparison(struct printer *p, const struct condition *c)
{
	static const char *const words[] = {
		[CONDITION_EQUAL] = "=",
		[CONDITION_UNEQUAL] = "!=",
		[CONDITION_LESS] = "<",
		[CONDITION_LESS_EQUAL] = "<=",
		[CONDITION_GREATER] = ">",
		[CONDITION_GREATER_EQUAL] = ">=",
		[CONDITION_IN] = "in",
		[CONDITION_CONTAINS] = "contains",
		[CONDITION_BEGINS] = "begins",
		[CONDITION_ENDS] = "ends",
		[CONDITION_IS_SET] = "is set",
	};
	const struct condition_path *path = &c->path;

	if (path->via)
		put(p, "%s>", path->via->name);
	put(p, "%s", path->field->name);
	if (path->field->flags & FIELD_IS_CUSTOM) {
		char id[UUID_TEXT_LEN + 1];

		uuid_format(id, &path->custom);
		put(p, "[%s]", id + UUID_TEXT_LEN - 4);
	}
	put(p, " %s", words[c->op]);
	for (size_t i = 0; i < c->n_values; i++) {
		put(p, i == 0 ? " " : ", ");
		put_value(p, path, &c->values[i]);
	}
}

/* The parser's own ceiling is QUERY_DEPTH_MAX. */
static void put_condition(struct printer *p, const struct condition *c)
{
	static const char *const words[] = {
		[CONDITION_ALL] = "all",
		[CONDITION_ANY] = "any",
		[CONDITION_NOT] = "not",
	};

	if (c->type == CONDITION_COMPARE) {
		put_comparison(p, c);
		return;
	}
	put(p, "%s(", words[c->type]);
	for (const struct condition *part = c->first; part; part = part->next) {
		put_condition(p, part);
		put(p, part->next ? ", " : ")");
	}
}

void condition_text(char *out, size_t size, const struct condition *condition)
{
	struct printer p = { .at = out, .size = size };

	if (condition)
		put_condition(&p, condition);
	else
		put(&p, "none");
}
