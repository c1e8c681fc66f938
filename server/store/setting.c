/*
 * A table of names and texts. Knows no setting.
 */
#include "store/setting.h"

#include "store/parts.h"

#include <string.h>

static struct backend_value value_of(const char *text)
{
	return value_text((struct bytes){ .at = (const uint8_t *)text,
					  .len = strlen(text) });
}

enum outrider_code setting_get(struct store_conn *conn, char out[SETTING_MAX],
			       const char *name, struct outrider_err *err)
{
	struct backend_value values[] = { value_of(name) };
	struct query query;
	bool has_row = false;
	enum outrider_code code = query_start(&query, conn,
					      STATEMENT_SETTING_GET, values,
					      ARRAY_LEN(values), err);

	out[0] = '\0';
	if (code == OUTRIDER_OK)
		code = query_fetch(&query, &has_row, err);
	if (code == OUTRIDER_OK && has_row) {
		struct bytes text = query_bytes(&query, 0);
		if (text.len >= SETTING_MAX) {
			code = store_damaged(conn, "setting", err);
		} else if (text.len > 0) {
			memcpy(out, text.at, text.len);
			out[text.len] = '\0';
		}
	}
	query_end(&query);
	return code;
}

enum outrider_code setting_put(struct store_conn *tx, const char *name,
			       const char *value, struct outrider_err *err)
{
	struct backend_value values[] = { value_of(name), value_of(value) };

	if (strlen(value) >= SETTING_MAX)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "a setting has less than %d bytes", SETTING_MAX);
	return store_run(tx, NULL, STATEMENT_SETTING_PUT, values,
			 ARRAY_LEN(values), err);
}
