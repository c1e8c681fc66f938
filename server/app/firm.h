/*
 * Founding a firm in an empty store: the root team and the first
 * administrator. For `outriderd init`, tests and demonstrations.
 */
#ifndef APP_FIRM_H
#define APP_FIRM_H

#include "app/password.h"
#include "store/store.h"

struct firm {
	const char *display_name; /* the root team's */
	const char *admin_login_name, *admin_display_name;
	const char *admin_password;
	struct password_cost cost; /* zeros: as app_config's */
};

/*
 * team and admin (either may be NULL) get the identifiers.
 * Errors: FAILED_PRECONDITION (the store has a firm), INVALID_ARGUMENT.
 */
MODEL_MUST_USE enum outrider_code
app_found_firm(struct uuid *team, struct uuid *admin, struct store *store,
	       const struct context *context, const struct firm *firm,
	       struct outrider_err *err);

#endif
