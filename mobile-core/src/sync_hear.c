/*
 * sync_hear: one function a message.
 */
#include "sync_hear.h"

#include <string.h>

#include "core.h"
#include "evidence.h"
#include "files_sync.h"
#include "pull.h"
#include "push.h"
#include "rpc.h"
#include "sync_parts.h"
#include "wipe.h"

static enum outrider_code hear_enrolled(struct outrider *core,
					struct bytes response,
					struct outrider_err *err)
{
	struct device *device = &core->device;
	struct rpc_enrolled in;
	enum outrider_code code = rpc_read_enrolled(&in, response, err);

	if (code == OUTRIDER_OK)
		code = core_begin(core, err);
	if (code != OUTRIDER_OK)
		return code;
	core_touch(core, CORE_DEVICE);
	device->is_enrolled = true;
	device->user_id = in.user_id;
	device->rank = in.rank;
	memcpy(device->token, in.token, sizeof(device->token));
	memcpy(device->user_name, in.user_name, sizeof(device->user_name));
	memcpy(device->organization_signing_key, in.organization_signing_key,
	       sizeof(device->organization_signing_key));
	memcpy(device->organization_box_key, in.organization_box_key,
	       sizeof(device->organization_box_key));
	memset(device->code, 0, sizeof(device->code));
	device_renew_lease(core);
	code = core_finish(core, device_save(core, err), err);
	vault_memory_wipe(&in, sizeof(in));
	if (code == OUTRIDER_OK)
		events_push(&core->events, OUTRIDER_EVENT_ENROLLED, NULL,
			    OUTRIDER_OK, NULL);
	return code;
}

/* The next page goes before this one's answer takes effect: sync.h. */
static enum outrider_code hear_pushed(struct outrider *core,
				      struct bytes response,
				      struct outrider_err *err)
{
	const size_t n = core->push.under_way.n;
	struct push_answer answer;
	enum outrider_code code = push_read(core, &answer, n, response, err);

	if (code != OUTRIDER_OK)
		return code;
	sync_send_ready(core);
	code = push_settle(core, &answer, err);
	if (code != OUTRIDER_OK)
		return code;
	core->sync.pushed += n;
	push_use_wait(core);
	return wipe_hear_order(core, response, err);
}

static enum outrider_code hear_page(struct outrider *core,
				    struct bytes response,
				    struct outrider_err *err)
{
	struct sync *sync = &core->sync;
	enum outrider_code code;
	struct pull_news news;

	code = pull_page(core, &news, response, err);
	if (code != OUTRIDER_OK)
		return code;
	sync->pulled += news.n_records;
	sync->is_pull_over = news.is_head;
	if (news.has_renewed)
		sync_tell_renewed(core);
	return OUTRIDER_OK;
}

static enum outrider_code hear_repair(struct outrider *core,
				      struct bytes response,
				      struct outrider_err *err)
{
	struct sync *sync = &core->sync;
	size_t n;
	enum outrider_code code = pull_repair(core, &n, response, err);

	if (code == OUTRIDER_OK)
		sync->compare.n_repaired += n;
	return code;
}

enum outrider_code sync_hear(struct outrider *core, struct bytes response,
			     struct outrider_err *err)
{
	struct sync *sync = &core->sync;

	/* Of a pull nothing comes behind its head. */
	if (sync->n_answers++ > 0 && sync->state != SYNC_REPAIR &&
	    (sync->state != SYNC_PULL || sync->is_pull_over))
		return err_set(err, OUTRIDER_DATA_LOSS, NULL,
			       "The server said more than was asked.");
	switch (sync->state) {
	case SYNC_ENROLL:
		return hear_enrolled(core, response, err);
	case SYNC_EVIDENCE:
		return evidence_answered(core, &sync->evidence_goes_on,
					 response.at, response.len, err);
	case SYNC_CONTACT:
	case SYNC_PUSH:
		return hear_pushed(core, response, err);
	case SYNC_PULL:
		return hear_page(core, response, err);
	case SYNC_COMPARE:
		return compare_answered(core, response, err);
	case SYNC_REPAIR:
		return hear_repair(core, response, err);
	case SYNC_OFFER:
	case SYNC_UPLOAD:
		return files_hear_upload(core, response, err);
	case SYNC_FETCH:
		return files_hear_fetch(core, response, err);
	case SYNC_POSITIONS: /* how many were taken: nothing follows */
	case SYNC_WIPE:
	case SYNC_IDLE:
		break;
	}
	return OUTRIDER_OK;
}
