/*
 * Any bytes as the request of any method, from anybody. The first byte
 * chooses the method, the second who calls: nobody, a rep, a device, a
 * manager or the administrator.
 *
 * Every call comes to an end that is not the server's own fault, and none
 * harms the next.
 */
#include "app_harness.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

enum { CALLS_PER_FIRM = 500 };

#define SECOND_US INT64_C(1000000)

struct fuzz {
	struct app_harness harness;
	struct harness_user rep, boss;
	unsigned n_calls;
};

static void must(int condition)
{
	if (!condition)
		abort();
}

/* What was deleted, withdrawn or throttled stays so only for a while. */
static void open_firm(struct fuzz *f)
{
	if (f->n_calls > 0)
		harness_close(&f->harness);
	harness_open(&f->harness);
	f->rep = harness_add_user(&f->harness, "rep", RANK_REP, NULL);
	f->boss = harness_add_user(&f->harness, "boss", RANK_MANAGER, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static struct fuzz f;
	const char *tokens[] = { NULL, f.rep.token, f.rep.device_token,
				 f.boss.token, f.harness.admin_token };
	const struct method *method;
	const struct harness_reply *reply;

	if (len < 2)
		return 0;
	if (f.n_calls % CALLS_PER_FIRM == 0)
		open_firm(&f);
	f.n_calls++;
	f.harness.wall_us += SECOND_US;
	f.harness.mono_us += SECOND_US;
	method = &schema_methods[bytes[0] % schema_n_methods];
	/* A stream without an end. */
	if (strcmp(method->name, "WatchAlerts") == 0)
		return 0;
	reply = harness_call(
		&f.harness, method->path + strlen("/outrider.v1."),
		tokens[bytes[1] % (sizeof(tokens) / sizeof(*tokens))],
		bytes + 2, len - 2);
	must(reply->code != OUTRIDER_INTERNAL);
	must(reply->code != OUTRIDER_DATA_LOSS);
	must(reply->code != OUTRIDER_UNIMPLEMENTED);
	must(reply->code == OUTRIDER_OK || reply->details.len > 0);
	must(f.harness.n_errors == 0);
	reply = harness_call(&f.harness, "TeamService/ListTeams",
			     f.harness.admin_token, NULL, 0);
	/* Only its own Logout ends the administrator's token. */
	must(reply->code == OUTRIDER_OK ||
	     reply->code == OUTRIDER_UNAUTHENTICATED);
	return 0;
}
