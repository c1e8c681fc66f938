/*
 * Whoever begins an upload may have left others behind: a phone that was wiped
 * or put back, a file that was taken back. Nobody comes for those, and nobody
 * knows it before a day is over. So a caller has room by number and by size,
 * and where it doesn't suffice, what they left longest ago goes. Whoever sends
 * it after all is told to start it anew.
 */
#include "app/uploads_room.h"

#include "app/attachments.h"
#include "app/parts.h"

enum { UPLOADS_OPEN_MAX = 16 };

/* Four of the largest. A phone attaches what it has sent before it sends
 * more, so a person never meets this. */
#define UNATTACHED_MAX_MIB   256
#define UNATTACHED_MAX_BYTES ((int64_t)UNATTACHED_MAX_MIB << 20)

static bool
has_room(const struct upload_load *load, const struct upload *wanted)
{
	return load->n_open < UPLOADS_OPEN_MAX &&
	       wanted->size_bytes <= UNATTACHED_MAX_BYTES - load->size_bytes;
}

static enum outrider_code
refuse(const struct upload_load *load, struct outrider_err *err)
{
	if (load->n_open >= UPLOADS_OPEN_MAX)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "%d of your uploads are under way: finish one, "
			       "or leave one alone for %d seconds",
			       UPLOADS_OPEN_MAX,
			       (int)(UPLOAD_BUSY_US / 1000000));
	return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
		       "%d MiB of yours may lie here without an attachment: "
		       "attach what you have sent, or wait a day",
		       UNATTACHED_MAX_MIB);
}

enum outrider_code
uploads_make_room(struct uploads_sweep *sweep, struct store_conn *tx,
		  const struct upload *wanted, struct outrider_err *err)
{
	const int64_t now_us = wanted->touched_us;
	const int64_t since_us = now_us - UPLOAD_LIFE_US;
	struct upload_load load;
	enum outrider_code code =
		upload_count(tx, &load, &wanted->caller, since_us, err);

	while (code == OUTRIDER_OK && !has_room(&load, wanted)) {
		struct upload idle;

		code = upload_idlest(tx, &idle, &wanted->caller, since_us,
				     now_us - UPLOAD_BUSY_US, err);
		if (code == OUTRIDER_NOT_FOUND)
			return refuse(&load, err);
		if (code != OUTRIDER_OK)
			return code;
		code = uploads_drop(sweep, tx, &idle, err);
		load.n_open--;
		load.size_bytes -= idle.size_bytes;
	}
	return code;
}
