/*
 * A list in pages, each in the memory of the one before.
 */
#include "app/custom_fields.h"

#include "app/kinds.h"

enum {
	PAGE_FIELDS = 100,
	PAGE_MEMORY = 4 << 20,
};

/* *n: how many the page had, unless see stopped it: 0 then. */
static enum outrider_code see_page(struct store_conn *conn, size_t *n,
				   struct uuid *after, struct arena *page,
				   custom_field_fn *see, void *user,
				   struct outrider_err *err)
{
	static const struct uuid zero;
	const struct scope org = scope_make(SCOPE_ORGANIZATION, &zero);
	const struct store_list_query asked = {
		.entity = schema_entity(KIND_CUSTOM_FIELD),
		.scopes = &org,
		.n_scopes = 1,
		.after = *after,
		.limit = PAGE_FIELDS,
		.with_deleted = true,
	};
	struct row **rows;
	enum outrider_code code = store_list(conn, &rows, n, &asked, page, err);

	if (code != OUTRIDER_OK)
		return code;
	if (*n > 0)
		*after = rows[*n - 1]->id;
	for (size_t i = 0; i < *n; i++)
		if (!see(user, rows[i]))
			*n = 0;
	return OUTRIDER_OK;
}

enum outrider_code custom_fields_each(struct store_conn *conn,
				      custom_field_fn *see, void *user,
				      struct outrider_err *err)
{
	struct uuid after = { { 0 } };
	size_t n = PAGE_FIELDS;
	enum outrider_code code = OUTRIDER_OK;
	struct arena page;

	arena_init(&page, &allocator_libc, PAGE_MEMORY);
	while (code == OUTRIDER_OK && n == PAGE_FIELDS) {
		arena_reset(&page);
		code = see_page(conn, &n, &after, &page, see, user, err);
	}
	arena_free(&page);
	return code;
}
