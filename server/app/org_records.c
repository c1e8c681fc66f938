/*
 * A list in pages, each in the memory of the one before.
 */
#include "app/org_records.h"

enum {
	PAGE_RECORDS = 200,
	PAGE_MEMORY = 4 << 20,
};

struct walk {
	struct store_conn *conn;
	const struct entity *entity;
	bool with_deleted;
	struct uuid after;
	bool is_over; /* was stopped, or had no more */
};

static enum outrider_code see_page(struct walk *walk, struct arena *page,
				   org_record_fn *see, void *user,
				   struct outrider_err *err)
{
	static const struct uuid zero;
	const struct scope org = scope_make(SCOPE_ORGANIZATION, &zero);
	const struct store_list_query asked = {
		.entity = walk->entity,
		.scopes = &org,
		.n_scopes = 1,
		.after = walk->after,
		.limit = PAGE_RECORDS,
		.with_deleted = walk->with_deleted,
	};
	struct row **rows;
	size_t n;
	enum outrider_code code =
		store_list(walk->conn, &rows, &n, &asked, page, err);

	if (code != OUTRIDER_OK)
		return code;
	walk->is_over = n < PAGE_RECORDS;
	for (size_t i = 0; i < n; i++) {
		walk->after = rows[i]->id;
		if (!see(user, rows[i])) {
			walk->is_over = true;
			break;
		}
	}
	return OUTRIDER_OK;
}

enum outrider_code org_records_each(struct store_conn *conn, uint32_t kind,
				    bool with_deleted, org_record_fn *see,
				    void *user, struct outrider_err *err)
{
	struct walk walk = {
		.conn = conn,
		.entity = schema_entity(kind),
		.with_deleted = with_deleted,
	};
	enum outrider_code code = OUTRIDER_OK;
	struct arena page;

	arena_init(&page, &allocator_libc, PAGE_MEMORY);
	while (code == OUTRIDER_OK && !walk.is_over) {
		arena_reset(&page);
		code = see_page(&walk, &page, see, user, err);
	}
	arena_free(&page);
	return code;
}
