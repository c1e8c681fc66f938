/*
 * See lives.h.
 */
#include "lives.h"

#include "attach.h"
#include "drafts.h"
#include "lease.h"
#include "look.h"
#include "pending.h"
#include "people.h"
#include "remains.h"

#include "app/token.h"
#include "store/identity.h"
#include "store/wipe.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct life *life_of(const struct phone *phone)
{
	return phone->who.is_enrolled ? &phone->lives[phone->who.life] : NULL;
}

long life_index(const struct phone *phone, const struct uuid *device)
{
	for (size_t i = phone->n_lives; i > 0; i--)
		if (uuid_compare(&phone->lives[i - 1].device, device) == 0)
			return (long)i - 1;
	return -1;
}

bool life_is_over(const struct life *life)
{
	return life->is_withdrawn || life->is_wiped || life->is_unknown;
}

void lives_free(struct phone *phone)
{
	free(phone->lives);
	remains_free(phone->remains);
}

/* --------------------------------------------------------------------- acts */

static void note_act(struct phone *phone, int status)
{
	phone->world->n_desk_acts++;
	phone->world->n_desk_refusals += status != 0;
	if (status != 0)
		world_say(phone->world, "refused (%d)", status);
}

void desk_withdraw(struct phone *phone)
{
	struct life *life = life_of(phone);
	int status;

	if (life == NULL || life_is_over(life))
		return;
	status = people_withdraw(phone->world, &life->device);
	life->is_withdrawn = status == 0;
	phone->world->n_withdrawn += status == 0;
	note_act(phone, status);
}

void desk_order_wipe(struct phone *phone)
{
	struct life *life = life_of(phone);
	int status;

	if (life == NULL || life_is_over(life))
		return;
	status = people_order_wipe(phone->world, &life->device);
	life->is_ordered |= status == 0;
	life->was_ordered = true;
	note_act(phone, status);
}

/* What this device has written and not sent is nowhere but in its receipt. */
static void lose_unsent(struct phone *phone, size_t life)
{
	struct ledger *ledger = &phone->ledger;

	for (size_t i = 0; i < ledger->n; i++)
		ledger->edits[i].is_lost |= ledger->edits[i].life == life;
}

/* What waits is in the file, and the phone says how much. */
void life_recover(struct phone *phone)
{
	struct outrider_status status;
	uint64_t n_told;
	int64_t n;

	if (test_disk_is_cut(phone->disk))
		return;
	n = remains_recover(phone, phone->who.life, NULL);
	outrider_get_status(phone->core, &status);
	/* Without a box for the firm the cards were never opened. What a disk
	 * refused since the file was read, an edit or the answer to some, may
	 * be there all the same. */
	n_told = status.n_waiting + status.n_parked;
	if (n < 0 ? n_told > 0 && !status.is_wiping
		  : (uint64_t)n != n_told && test_disk_faults(phone->disk) ==
						     phone->faults_when_opened)
		world_break(phone->world,
			    "outbox: phone %u reports %llu edits, the firm "
			    "reads %lld of %lld rows",
			    phone->number, (unsigned long long)n_told,
			    (long long)n,
			    (long long)remains_count(phone, "outbox"));
	/* Nobody has a receipt that was refused; a disk may have failed while
	 * the phone forgot the rest. */
	if (n < 0 && (status.is_wiping || life_of(phone)->was_refused))
		lose_unsent(phone, phone->who.life);
	phone->world->n_recovered += n > 0 ? (uint64_t)n : 0;
	world_say(phone->world, "the firm reads %lld edits", (long long)n);
}

static void note_remains(struct phone *phone)
{
	struct outrider_status status;

	/* What lies there after a wipe that the disk let nobody end is new. */
	outrider_get_status(phone->core, &status);
	if (!status.is_enrolled)
		return;
	remains_free(phone->remains);
	phone->remains = remains_note(phone);
}

/* By the rep's own wish: nobody asks for a receipt. */
static void give_up(struct phone *phone)
{
	life_recover(phone);
	note_remains(phone);
	phone->who.is_leaving = true;
	if (outrider_wipe(phone->core, NULL) == OUTRIDER_OK) {
		phone_listen(phone);
		return;
	}
	/* Its disk failed on the way: it goes on when it is begun anew. */
	phone_recover(phone);
}

void rep_begin_anew(struct phone *phone)
{
	if (phone->core == NULL && !phone_start(phone))
		return;
	if (!phone->who.is_enrolled)
		phone_ask_in(phone);
	else if (life_is_over(life_of(phone)))
		give_up(phone);
}

/* --------------------------------------------------------- the phone's side */

static void clear_phone(struct phone *phone)
{
	free(phone->cursor);
	phone->cursor = NULL;
	phone->cursor_len = 0;
	check_forget(phone);
	pending_forget(phone);
	wishes_forget(phone);
	drafts_forget(phone);
	phone->who.is_wiping = phone->who.is_leaving = false;
	phone->is_syncing = false;
	phone->was_altered = phone->is_anew = false;
	phone->may_renew = phone->was_restored = false;
	phone->n_broken_off = 0;
	phone->was_fast = phone->skew_us > 0;
}

void life_begin(struct phone *phone)
{
	const struct uuid device = look_device_of(phone);
	const long known = life_index(phone, &device);
	/* Of an enrolment that its backup already had, unseen by anybody. */
	const bool is_put_back = known >= 0 && phone->was_restored;

	clear_phone(phone);
	phone->is_anew = phone->may_renew = phone->was_restored = is_put_back;
	phone->who.is_enrolled = true;
	phone->code[0] = '\0';
	if (known < 0) {
		phone->lives =
			realloc(phone->lives,
				(phone->n_lives + 1) * sizeof(phone->lives[0]));
		if (phone->lives == NULL)
			abort();
		phone->who.life = phone->n_lives++;
		phone->lives[phone->who.life] =
			(struct life){ .device = device };
	} else {
		phone->who.life = (size_t)known;
	}
	snprintf(phone->lives[phone->who.life].authorization,
		 sizeof(phone->lives[0].authorization), "Bearer %s",
		 outrider_device_token(phone->core));
	phone->who.lease.is_doubtful = true;
	lease_read(phone);
	phone->world->n_enrolled++;
	world_say(phone->world, "phone %u is enrolled", phone->number);
}

/* Nothing opens, and what was there lies nowhere. */
static void check_nothing_left(struct phone *phone)
{
	struct outrider_status status;
	const char *what = "";
	size_t n = 0;

	outrider_get_status(phone->core, &status);
	if (status.is_enrolled || status.is_unlocked ||
	    status.n_waiting + status.n_parked > 0 ||
	    outrider_device_token(phone->core) != NULL)
		world_break(phone->world,
			    "wipe: phone %u was wiped, and is somebody's",
			    phone->number);
	if (phone->remains != NULL)
		n = remains_found(phone->remains, phone, REMAINS_WIPED, &what);
	if (n > 0)
		world_break(phone->world,
			    "wipe: phone %u was wiped, and %zu pieces of %s "
			    "lie in its files",
			    phone->number, n, what);
	if (remains_is_plain(phone))
		world_break(phone->world,
			    "wipe: phone %u was wiped, and has a text in the "
			    "clear",
			    phone->number);
}

/* Whom the server refuses wipes all the same; nobody reads what it hadn't
 * sent: docs/simulation.md, "Limits". */
static void lose_receipt(struct phone *phone, const struct life *life)
{
	if (!life->was_refused && !life->was_wiped)
		world_break(phone->world,
			    "wipe: phone %u was wiped, and the server has no "
			    "receipt",
			    phone->number);
	lose_unsent(phone, phone->who.life);
}

void life_end(struct phone *phone)
{
	const struct life *life = life_of(phone);

	if (life == NULL)
		return;
	if (!phone->who.is_leaving && !life->is_wiped)
		lose_receipt(phone, life);
	if (!test_disk_is_cut(phone->disk))
		check_nothing_left(phone);
	remains_free(phone->remains);
	phone->remains = NULL;
	phone->who.is_enrolled = false;
	clear_phone(phone);
	phone->world->n_wiped++;
	world_say(phone->world, "phone %u is wiped", phone->number);
}

void life_note_remains(struct phone *phone)
{
	const struct life *life = life_of(phone);

	if (life != NULL && life->was_ordered && !phone->who.is_wiping)
		note_remains(phone);
}

void life_hand_in(struct phone *phone, const uint8_t *request, size_t len)
{
	struct life *life = life_of(phone);
	uint8_t hash[sizeof(life->receipt)];
	const char *what = "";
	size_t n;

	if (life == NULL || !life->was_ordered) {
		world_break(phone->world,
			    "wipe: phone %u wipes, and nobody ordered it",
			    phone->number);
		return;
	}
	crypto_generichash(hash, sizeof(hash), request, len, NULL, 0);
	if (phone->who.is_wiping &&
	    memcmp(hash, life->receipt, sizeof(hash)) != 0)
		world_break(phone->world,
			    "wipe: phone %u has another receipt than before",
			    phone->number);
	memcpy(life->receipt, hash, sizeof(hash));
	phone->who.is_wiping = true;
	n = phone->remains == NULL ? 0
				   : remains_found(phone->remains, phone,
						   REMAINS_HANDED_IN, &what);
	if (n > 0)
		world_break(phone->world,
			    "wipe: phone %u hands in a receipt, and %zu pieces "
			    "of %s lie in its files",
			    phone->number, n, what);
	if (remains_count(phone, "card") != 0)
		world_break(phone->world,
			    "wipe: phone %u hands in a receipt, and has cards",
			    phone->number);
}

/* -------------------------------------------------------- the server's side */

static bool is_one_of(const char *method, const char *const *names)
{
	while (*names != NULL && strstr(method, *names) == NULL)
		names++;
	return *names != NULL;
}

bool life_may_be_heard(const struct phone *phone, size_t life,
		       const char *method)
{
	static const char *const of_ordered[] = { "/Push", "/SubmitEvidence",
						  "/SubmitWipeReceipt", NULL };
	static const char *const of_wiped[] = { "/SubmitWipeReceipt", NULL };
	const struct life *known;

	if (life >= phone->n_lives || strstr(method, "/EnrollDevice") != NULL)
		return true;
	known = &phone->lives[life];
	if (known->is_withdrawn || known->is_unknown)
		return false;
	if (known->is_wiped)
		return is_one_of(method, of_wiped);
	return !known->is_ordered || is_one_of(method, of_ordered);
}

bool life_is_cut_off(const struct phone *phone, size_t life)
{
	return life < phone->n_lives && life_is_over(&phone->lives[life]);
}

bool life_may_be_refused(const struct phone *phone, size_t life)
{
	const struct life *known;

	if (life >= phone->n_lives)
		return true;
	known = &phone->lives[life];
	return life_is_over(known) ||
	       (phone->is_locked_out && !known->is_ordered);
}

void life_receipt_refused(struct phone *phone, size_t life, bool might_be)
{
	if (!might_be && !life_may_be_refused(phone, life))
		world_break(phone->world,
			    "wipe: phone %u hands in its receipt, and is "
			    "refused",
			    phone->number);
	if (life < phone->n_lives)
		phone->lives[life].was_refused = true;
}

/* What the store has of a device. */
struct standing {
	bool is_known, is_revoked, is_ordered;
	bool has_token; /* an enrolment that was answered twice has two */
	struct wipe wipe;
};

static bool knows_token(struct store_conn *conn, const char *authorization)
{
	const struct bytes text = { (const uint8_t *)authorization,
				    strlen(authorization) };
	struct identity_token token;
	uint8_t hash[SECRET_HASH_LEN];

	return token_read(hash, text) &&
	       identity_token_get(conn, &token, hash, NULL) == OUTRIDER_OK;
}

static void read_standing(struct standing *out, struct world *world,
			  const struct life *life, struct arena *arena)
{
	struct store_conn *conn = server_reader(world);
	struct identity_device device;
	uint64_t rev;

	if (store_read_begin(conn, &rev, NULL) != OUTRIDER_OK)
		abort();
	out->is_known = identity_device_get(conn, &device, &life->device,
					    NULL) == OUTRIDER_OK;
	out->has_token = knows_token(conn, life->authorization);
	out->is_revoked = out->is_known && device.revoked_us != 0;
	out->is_ordered = wipe_get(conn, &out->wipe, &life->device, arena,
				   NULL) == OUTRIDER_OK;
	store_read_end(conn);
}

/* Each of a phone's devices, with what the store has of it. */
typedef void standing_fn(struct phone *phone, struct life *life,
			 const struct standing *standing);

static void each_life(struct world *world, standing_fn *callback)
{
	for (unsigned i = 0; i < world->n_phones; i++) {
		struct phone *phone = &world->phones[i];

		for (size_t k = 0; k < phone->n_lives; k++) {
			struct standing standing;
			struct arena arena;

			arena_init(&arena, &allocator_libc, 4 << 20);
			read_standing(&standing, world, &phone->lives[k],
				      &arena);
			callback(phone, &phone->lives[k], &standing);
			arena_free(&arena);
		}
	}
}

static void
learn(struct phone *phone, struct life *life, const struct standing *standing)
{
	(void)phone;
	life->is_unknown = !standing->is_known ||
			   (!standing->has_token && !standing->is_revoked);
	life->is_ordered = standing->is_ordered;
	life->is_wiped = standing->is_ordered && standing->wipe.wiped_us != 0;
	life->is_withdrawn = standing->is_revoked && !life->is_wiped;
	life->has_stored = life->is_read = false;
}

void lives_learn(struct world *world)
{
	each_life(world, learn);
}

static bool is_within(struct bytes part, const uint8_t *request, size_t len)
{
	for (size_t i = 0; i + part.len <= len; i++)
		if (memcmp(request + i, part.at, part.len) == 0)
			return true;
	return false;
}

void life_receipt_taken(struct phone *phone, size_t life,
			const uint8_t *request, size_t len)
{
	struct standing standing;
	struct arena arena;

	if (life >= phone->n_lives)
		return;
	phone->lives[life].is_wiped = phone->lives[life].was_wiped = true;
	phone->lives[life].is_read = false;
	arena_init(&arena, &allocator_libc, 4 << 20);
	read_standing(&standing, phone->world, &phone->lives[life], &arena);
	/* Put back after its wipe, and wiped again: docs/simulation.md. */
	if (!is_within(standing.wipe.receipt_signature, request, len))
		lose_unsent(phone, life);
	arena_free(&arena);
}

/* The receipt that was taken first is the one that stays. */
static void check_receipt(struct phone *phone, struct life *life,
			  const struct standing *standing)
{
	const struct bytes signature = standing->wipe.receipt_signature;

	if (life->has_stored &&
	    (signature.len != sizeof(life->stored) ||
	     memcmp(signature.at, life->stored, signature.len) != 0))
		world_break(phone->world,
			    "wipe: the server has another receipt of phone %u "
			    "than it had",
			    phone->number);
	if (signature.len != sizeof(life->stored))
		return;
	memcpy(life->stored, signature.at, signature.len);
	life->has_stored = true;
}

static void
check(struct phone *phone, struct life *life, const struct standing *standing)
{
	const bool is_wiped = standing->is_ordered &&
			      standing->wipe.wiped_us != 0;

	if (life->is_unknown)
		return;
	if (!standing->is_known)
		world_break(phone->world, "the server forgot phone %u",
			    phone->number);
	if (life->is_withdrawn && !standing->is_revoked)
		world_break(phone->world,
			    "withdrawn: the server forgot that phone %u is",
			    phone->number);
	if (life->is_ordered && !standing->is_ordered)
		world_break(phone->world,
			    "wipe: the server forgot the order for phone %u",
			    phone->number);
	if (life->is_wiped && !is_wiped)
		world_break(phone->world,
			    "wipe: the server lost the receipt of phone %u",
			    phone->number);
	check_receipt(phone, life, standing);
	/* What was done by a call that nobody heard the end of. */
	life->is_ordered |= standing->is_ordered;
	life->is_wiped |= is_wiped;
	life->was_wiped |= is_wiped;
	life->is_withdrawn |= standing->is_revoked && !is_wiped;
}

void lives_check(struct world *world)
{
	each_life(world, check);
}

void lives_read_receipts(struct world *world)
{
	for (unsigned i = 0; i < world->n_phones; i++) {
		struct phone *phone = &world->phones[i];

		for (size_t k = 0; k < phone->n_lives; k++) {
			struct life *life = &phone->lives[k];

			if (!life->is_wiped || life->is_read)
				continue;
			life->is_read = true;
			world->n_receipts++;
			(void)remains_recover(phone, k, &life->device);
		}
	}
}
