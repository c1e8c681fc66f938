/*
 * The network of the simulated world: calls that arrive, or don't; answers
 * that are lost, or come twice; requests that arrive twice, or long after.
 */
#include "attach.h"
#include "contents.h"
#include "drafts.h"
#include "lease.h"
#include "lives.h"
#include "pending.h"

#include "model/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PUSH_MUTATIONS = 6 }; /* the contract's number */

/* gRPC statuses */
enum {
	FAILED_PRECONDITION = 9,
	ABORTED = 10,
	UNAVAILABLE = 14,
	UNAUTHENTICATED = 16
};

/* One call between a phone and the server. */
struct flight {
	struct flight *next;
	struct phone *phone;
	size_t life; /* the phone's, whose token it has */
	uint64_t id;
	char method[80], token[80];
	uint8_t *request;
	size_t len;
	struct app_call *call; /* once it has arrived */
	struct app_call *twin; /* the same once more; nobody hears of it */
	bool is_barred;	       /* when it arrived: it must be refused */
	bool might_be_refused; /* when it arrived: a receipt might be */
	bool is_cut;	       /* the phone gets nothing more of it */
	bool is_silent;	       /* and isn't told: the line is half open */
	uint8_t *last;	       /* the message that it got last */
	size_t last_len;
};

/* A request that a router keeps and sends when it likes. */
struct stray {
	struct stray *next;
	struct phone *phone;
	size_t life;
	char method[80], token[80];
	uint8_t *request;
	size_t len;
	bool was_answered; /* so it must change nothing */
};

static bool is_bad_luck(struct world *world, uint64_t n)
{
	return !world->is_calm && dice_one_in(&world->dice, n);
}

static bool is_push(const struct flight *flight)
{
	return strstr(flight->method, "/Push") != NULL;
}

static bool is_watch(const struct flight *flight)
{
	return strstr(flight->method, "/Watch") != NULL;
}

static bool is_pull(const struct flight *flight)
{
	return strstr(flight->method, "/Pull") != NULL;
}

static bool is_chunk(const char *method)
{
	return strstr(method, "/UploadChunk") != NULL;
}

static bool is_content(const struct flight *flight)
{
	return strstr(flight->method, "/ReadContent") != NULL;
}

static bool is_receipt(const struct flight *flight)
{
	return strstr(flight->method, "/SubmitWipeReceipt") != NULL;
}

/* ------------------------------------------------------ the phone's side */

/* It has been served, or its connection is gone. */
static void hang_up_call(struct app_call **call)
{
	if (*call != NULL)
		app_call_free(*call);
	*call = NULL;
}

static void flight_free(struct world *world, struct flight *flight)
{
	for (struct flight **at = &world->flights; *at; at = &(*at)->next) {
		if (*at == flight) {
			*at = flight->next;
			break;
		}
	}
	hang_up_call(&flight->call);
	hang_up_call(&flight->twin);
	free(flight->last);
	free(flight->request);
	free(flight);
}

void network_send(struct phone *phone, uint64_t call, const char *method,
		  const char *token, const uint8_t *request, size_t len)
{
	struct flight *flight = calloc(1, sizeof(*flight));

	if (flight == NULL || (flight->request = malloc(len + 1)) == NULL)
		abort();
	flight->phone = phone;
	flight->life = phone->who.life;
	flight->id = call;
	flight->len = len;
	memcpy(flight->request, request, len);
	snprintf(flight->method, sizeof(flight->method), "%s", method);
	snprintf(flight->token, sizeof(flight->token), "%s%s",
		 token ? "Bearer " : "", token ? token : "");
	flight->next = phone->world->flights;
	phone->world->flights = flight;
	if (is_pull(flight))
		check_cursor(phone, request, len);
	if (is_receipt(flight))
		life_hand_in(phone, request, len);
}

void network_cancel(struct phone *phone, uint64_t call)
{
	for (struct flight *f = phone->world->flights; f; f = f->next)
		if (f->phone == phone && f->id == call)
			f->is_cut = true;
}

/* The phone hears no more of it; the server may not know that for long. */
static void abandon(struct world *world, struct flight *flight)
{
	if (flight->call == NULL || is_bad_luck(world, 2) || world->is_calm) {
		flight_free(world, flight);
		return;
	}
	world->n_orphans++;
	flight->is_cut = true;
}

/* The server has gone, and the phone waits on. */
static void silence(struct world *world, struct flight *flight)
{
	world->n_silences++;
	world_say(world, "phone %u isn't told", flight->phone->number);
	hang_up_call(&flight->call);
	hang_up_call(&flight->twin);
	flight->is_silent = true;
}

static void hang_up(struct world *world, struct flight *flight)
{
	const struct phone *phone = flight->phone;

	if (phone->core != NULL && !flight->is_cut)
		outrider_ended(phone->core, flight->id, UNAVAILABLE,
			       "server gone");
	flight_free(world, flight);
}

void network_drop(struct world *world, const struct phone *phone)
{
	struct flight *next;

	for (struct flight *flight = world->flights; flight; flight = next) {
		next = flight->next;
		if (phone != NULL && flight->phone == phone)
			abandon(world, flight);
		else if (phone == NULL && !flight->is_cut &&
			 flight->phone->core != NULL && is_bad_luck(world, 3))
			silence(world, flight);
		else if (phone == NULL)
			hang_up(world, flight);
	}
}

/* ----------------------------------------------------- the server's side */

static void no_wake(void *user)
{
	(void)user; /* the next step asks again */
}

static struct app_call *arrive(struct world *world, const char *method,
			       const char *token, const uint8_t *request,
			       size_t len)
{
	const struct app_request in = {
		.path = method,
		.path_len = strlen(method),
		.authorization = { (const uint8_t *)token, strlen(token) },
		.deadline_mono_us = INT64_MAX,
		.message = { request, len },
		.wake = no_wake,
	};

	return app_call_begin(world->worker, &in);
}

/* ----------------------------------------------------- what comes too late */

static void stray_keep(const struct flight *flight, bool was_answered)
{
	struct world *world = flight->phone->world;
	struct stray *stray = calloc(1, sizeof(*stray));

	if (stray == NULL || (stray->request = malloc(flight->len + 1)) == NULL)
		abort();
	stray->phone = flight->phone;
	stray->life = flight->life;
	stray->was_answered = was_answered;
	stray->len = flight->len;
	memcpy(stray->request, flight->request, flight->len);
	memcpy(stray->method, flight->method, sizeof(stray->method));
	memcpy(stray->token, flight->token, sizeof(stray->token));
	stray->next = world->strays;
	world->strays = stray;
}

static void stray_free(struct stray *stray)
{
	free(stray->request);
	free(stray);
}

void network_forget(struct world *world)
{
	while (world->strays != NULL) {
		struct stray *next = world->strays->next;

		stray_free(world->strays);
		world->strays = next;
	}
}

/* To its end; nobody hears the answers. */
static void run_unheard(struct world *world, const struct stray *stray)
{
	struct app_call *call = arrive(world, stray->method, stray->token,
				       stray->request, stray->len);
	enum app_progress progress = APP_WAIT;
	struct app_status status;
	struct bytes message;

	while (progress != APP_END) {
		progress = app_call_next(call, &message, &status);
		if (progress == APP_WAIT)
			(void)store_run_writes(world->store);
	}
	app_call_free(call);
}

static void check_changed_nothing(struct world *world,
				  const struct stray *stray, uint64_t before)
{
	uint64_t after;

	if (test_disk_is_cut(world->disk))
		return;
	after = server_newest_rev(world);
	if (after != before)
		world_break(world,
			    "7: %s of phone %u, repeated, changed the server "
			    "(revision %llu became %llu)",
			    stray->method, stray->phone->number,
			    (unsigned long long)before,
			    (unsigned long long)after);
}

void network_stray(struct world *world)
{
	struct stray **at = &world->strays, *stray;
	struct upload_mark upload;
	struct bytes request;
	uint64_t before;
	bool is_barred;

	if (*at == NULL)
		return;
	/* What others have asked for is written before. */
	(void)store_run_writes(world->store);
	if (test_disk_is_cut(world->disk))
		return;
	while ((*at)->next != NULL && dice_one_in(&world->dice, 2))
		at = &(*at)->next;
	stray = *at;
	*at = stray->next;
	request = (struct bytes){ stray->request, stray->len };
	before = server_newest_rev(world);
	is_barred =
		!life_may_be_heard(stray->phone, stray->life, stray->method);
	if (is_chunk(stray->method))
		content_mark_upload(&upload, stray->phone, request);
	run_unheard(world, stray);
	world->n_replays += stray->was_answered;
	world->n_strays += !stray->was_answered;
	if (stray->was_answered || is_barred)
		check_changed_nothing(world, stray, before);
	if (is_chunk(stray->method))
		check_upload_again(&upload, stray->phone, request);
	stray_free(stray);
}

/* ------------------------------------------------------------ what happens */

static bool has_mutations(const struct flight *flight)
{
	struct wire_field field;

	return wire_find(&field, (struct bytes){ flight->request, flight->len },
			 PUSH_MUTATIONS);
}

/* An honest phone is never told that its outbox or cursor is another's. */
static void
check_end(struct world *world, const struct flight *flight, int status)
{
	struct phone *phone = flight->phone;

	if (is_push(flight) && status == 0 && has_mutations(flight) &&
	    !phone->was_restored)
		phone->may_renew = false;
	if (is_push(flight) && !phone->may_renew &&
	    (status == ABORTED || status == FAILED_PRECONDITION))
		world_break(world,
			    "11: the server takes the outbox of phone %u for "
			    "another's (status %d)",
			    flight->phone->number, status);
	if (is_pull(flight) && !phone->is_anew && !phone->may_renew &&
	    status == FAILED_PRECONDITION)
		world_break(world,
			    "4: the server takes the cursor of phone %u for "
			    "another history's",
			    flight->phone->number);
}

/* The end of a call, told to the phone unless the line is dead. */
static void
end(struct world *world, struct flight *flight, int status, const char *text)
{
	struct phone *phone = flight->phone;
	struct outrider_err err;

	if (!flight->is_cut)
		check_end(world, flight, status);
	if (phone->core != NULL && !flight->is_cut) {
		outrider_ended(phone->core, flight->id, status, text);
		if (status != UNAUTHENTICATED)
			lease_watch(phone, true);
	}
	/* A late copy of the answer must change nothing. */
	if (phone->core != NULL && !flight->is_cut && flight->last != NULL &&
	    is_bad_luck(world, 8)) {
		pending_forget(phone);
		(void)!outrider_received(phone->core, flight->id, flight->last,
					 flight->last_len, &err);
	}
	flight_free(world, flight);
}

static void cut(struct world *world, struct flight *flight)
{
	struct phone *phone = flight->phone;

	world->n_cuts++;
	world_say(world, "the line of phone %u is cut", phone->number);
	if (phone->core != NULL && !flight->is_cut)
		outrider_ended(phone->core, flight->id, UNAVAILABLE,
			       "connection reset");
	abandon(world, flight);
}

static void keep_last(struct flight *flight, struct bytes message)
{
	flight->last = realloc(flight->last, message.len + 1);
	if (flight->last == NULL)
		abort();
	if (message.len > 0)
		memcpy(flight->last, message.at, message.len);
	flight->last_len = message.len;
}

/*
 * Another letter in one of the texts: no line does that, but a server with a
 * fault might. Only the proof of equality can find it, or a content's hash.
 */
static bool alter(struct flight *flight)
{
	struct world *world = flight->phone->world;
	uint8_t *chosen = NULL;
	uint64_t n = 0;

	for (size_t i = 0; i + 6 < flight->last_len; i++) {
		uint8_t *at = flight->last + i;

		if ((memcmp(at, "text ", 5) == 0 ||
		     memcmp(at, "desk ", 5) == 0) &&
		    strchr("0123456789abcdef", at[5]) != NULL && at[5] != 0 &&
		    dice_below(&world->dice, ++n) == 0)
			chosen = at + 5;
	}
	if (chosen == NULL)
		return false;
	*chosen = *chosen == 'f' ? 'e' : 'f';
	world->n_altered++;
	return true;
}

static void alter_some(struct world *world, struct flight *flight)
{
	struct phone *phone = flight->phone;

	if (is_pull(flight) && is_bad_luck(world, 30) && alter(flight)) {
		phone->was_altered = true;
		world_say(world, "a page for phone %u is altered",
			  phone->number);
	} else if (is_content(flight) && is_bad_luck(world, 3) &&
		   alter(flight)) {
		/* What comes out wrong isn't wanted any more. */
		phone->was_deceived = true;
		wishes_forget(phone);
		world_say(world, "a content for phone %u is altered",
			  phone->number);
	}
}

/* The phone may lose its power by it, and the flight its life. */
static void
deliver(struct world *world, struct flight *flight, struct bytes message)
{
	struct phone *phone = flight->phone;
	struct outrider_err err;
	enum outrider_code code;

	if (flight->is_cut || phone->core == NULL)
		return;
	world->n_words += is_watch(flight);
	keep_last(flight, message);
	alter_some(world, flight);
	message = (struct bytes){ flight->last, flight->last_len };
	if (is_pull(flight)) {
		check_page(phone, flight->id, message);
		wishes_look(phone);
		drafts_look(phone);
		lease_watch(phone, true);
		return;
	}
	pending_forget(phone);
	if (is_push(flight))
		life_note_remains(phone);
	/* An answer that a phone can't take is the core's to get over. */
	code = outrider_received(phone->core, flight->id, message.at,
				 message.len, &err);
	if (code == OUTRIDER_DATA_LOSS && !test_disk_is_cut(phone->disk))
		world_break(world, "phone %u can't read the server: %s",
			    phone->number, err.text);
	wishes_look(phone);
	drafts_look(phone);
	lease_watch(phone, true);
}

/* On another connection the same chunk arrives at the same time. */
static void launch_twin(struct world *world, struct flight *flight)
{
	struct app_status status;
	struct bytes message;

	if (!is_chunk(flight->method) || !is_bad_luck(world, 4))
		return;
	world->n_twins++;
	flight->twin = arrive(world, flight->method, flight->token,
			      flight->request, flight->len);
	/* What it wants written is, with the first one's or before. */
	if (app_call_next(flight->twin, &message, &status) == APP_END)
		hang_up_call(&flight->twin);
}

static void launch(struct world *world, struct flight *flight)
{
	/* What was pushed and not yet pulled is where merges are hard. */
	if (!is_bad_luck(world, is_pull(flight) ? 5 : 24)) {
		flight->is_barred = !life_may_be_heard(
			flight->phone, flight->life, flight->method);
		flight->might_be_refused =
			life_may_be_refused(flight->phone, flight->life);
		flight->call = arrive(world, flight->method, flight->token,
				      flight->request, flight->len);
		launch_twin(world, flight);
		return;
	}
	if (is_push(flight) && is_bad_luck(world, 2))
		stray_keep(flight, false);
	if (is_bad_luck(world, 3))
		silence(world, flight);
	else
		cut(world, flight);
}

/* Who was withdrawn, or is to be wiped, is told so and nothing else. */
static void check_barred(struct world *world, const struct flight *flight)
{
	if (flight->is_barred)
		world_break(world,
			    "withdrawn: phone %u is nobody's, and its %s is "
			    "answered",
			    flight->phone->number, flight->method);
}

static void finish(struct world *world, struct flight *flight,
		   const struct app_status *status)
{
	if (status->grpc_status == 0) {
		check_barred(world, flight);
		if (is_receipt(flight))
			life_receipt_taken(flight->phone, flight->life,
					   flight->request, flight->len);
	} else if (status->grpc_status == UNAUTHENTICATED &&
		   is_receipt(flight)) {
		life_receipt_refused(flight->phone, flight->life,
				     flight->might_be_refused);
	}
	if ((is_push(flight) || is_chunk(flight->method)) &&
	    status->grpc_status == 0 && is_bad_luck(world, 3))
		stray_keep(flight, true);
	/* Its end doesn't arrive: a call that could be over is not. */
	if (!flight->is_cut && is_bad_luck(world, 40)) {
		silence(world, flight);
		return;
	}
	end(world, flight, status->grpc_status, status->text);
}

bool network_step(struct world *world)
{
	struct flight *flight = world->flights;
	struct app_status status;
	struct bytes message;

	if (flight == NULL)
		return false;
	while (flight->next != NULL && dice_one_in(&world->dice, 2))
		flight = flight->next;
	if (flight->is_silent) {
		/* Until the phone gives it up. */
		if (flight->is_cut || flight->phone->core == NULL)
			flight_free(world, flight);
		return true;
	}
	if (flight->call == NULL) {
		launch(world, flight);
		return true;
	}
	switch (app_call_next(flight->call, &message, &status)) {
	case APP_WAIT:
		/* Others may want to be written with it. */
		if (is_bad_luck(world, 2))
			break;
		(void)store_run_writes(world->store);
		/* The answer is lost, the write stands. */
		if (is_bad_luck(world, 24))
			cut(world, flight);
		break;
	case APP_MESSAGE:
		/* Of a stream each message is asked anew. */
		flight->is_barred |=
			(is_pull(flight) || is_watch(flight)) &&
			life_is_cut_off(flight->phone, flight->life);
		check_barred(world, flight);
		if (is_bad_luck(world, 24))
			cut(world, flight);
		else
			deliver(world, flight, message);
		break;
	case APP_END:
		finish(world, flight, &status);
		break;
	}
	return true;
}

static struct flight *push_of(struct world *world, const struct phone *phone)
{
	struct flight *flight = world->flights;

	while (flight != NULL && (flight->phone != phone || flight->is_cut ||
				  flight->call == NULL || !is_push(flight)))
		flight = flight->next;
	return flight;
}

void network_last_words(struct world *world)
{
	struct app_status status;
	struct bytes message;

	for (unsigned i = 0; i < world->n_phones; i++) {
		struct flight *flight = push_of(world, &world->phones[i]);

		if (flight != NULL && app_call_next(flight->call, &message,
						    &status) == APP_MESSAGE)
			deliver(world, flight, message);
	}
}
