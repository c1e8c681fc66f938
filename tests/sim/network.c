/*
 * The network of the simulated world: calls that arrive, or don't; answers
 * that are lost; requests that arrive twice.
 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UNAVAILABLE 14

/* One call between a phone and the server. */
struct flight {
	struct flight *next;
	struct phone *phone;
	uint64_t id;
	char method[80], token[80];
	uint8_t *request;
	size_t len;
	struct app_call *call; /* once it has arrived */
	bool is_cut;	       /* the phone gets nothing more of it */
	unsigned n_answers;
};

static void flight_free(struct world *world, struct flight *flight)
{
	for (struct flight **at = &world->flights; *at; at = &(*at)->next) {
		if (*at == flight) {
			*at = flight->next;
			break;
		}
	}
	if (flight->call != NULL)
		app_call_free(flight->call);
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
	flight->id = call;
	flight->len = len;
	memcpy(flight->request, request, len);
	snprintf(flight->method, sizeof(flight->method), "%s", method);
	snprintf(flight->token, sizeof(flight->token), "%s%s",
		 token ? "Bearer " : "", token ? token : "");
	flight->next = phone->world->flights;
	phone->world->flights = flight;
	if (strstr(method, "/Pull") != NULL)
		check_cursor(phone, request, len);
}

void network_cancel(struct phone *phone, uint64_t call)
{
	for (struct flight *f = phone->world->flights; f; f = f->next)
		if (f->phone == phone && f->id == call)
			f->is_cut = true;
}

void network_drop(struct world *world, const struct phone *phone)
{
	struct flight *next;

	for (struct flight *flight = world->flights; flight; flight = next) {
		next = flight->next;
		if (phone != NULL && flight->phone != phone)
			continue;
		if (phone == NULL && flight->phone->core != NULL &&
		    !flight->is_cut)
			outrider_ended(flight->phone->core, flight->id,
				       UNAVAILABLE, "server gone");
		flight_free(world, flight);
	}
}

static void no_wake(void *user)
{
	(void)user; /* the next step asks again */
}

static struct app_call *arrive(struct world *world, const struct flight *flight)
{
	const struct app_request request = {
		.path = flight->method,
		.path_len = strlen(flight->method),
		.authorization = { (const uint8_t *)flight->token,
				   strlen(flight->token) },
		.deadline_mono_us = INT64_MAX,
		.message = { flight->request, flight->len },
		.wake = no_wake,
	};

	return app_call_begin(world->worker, &request);
}

/* The same request again, to its end; nobody hears the answers. */
static void arrive_again(struct world *world, const struct flight *flight)
{
	struct app_call *call = arrive(world, flight);
	struct app_status status;
	struct bytes message;
	uint64_t before = 0, after = 0;
	struct store_conn *conn = NULL;
	enum app_progress progress;

	if (store_reader_open(&conn, world->store, NULL) != OUTRIDER_OK ||
	    store_read_begin(conn, &before, NULL) != OUTRIDER_OK)
		abort();
	store_read_end(conn);
	world->n_replays++;
	for (int i = 0; i < 10000; i++) {
		progress = app_call_next(call, &message, &status);
		if (progress == APP_END)
			break;
		if (progress == APP_WAIT)
			(void)store_run_writes(world->store);
	}
	app_call_free(call);
	if (store_read_begin(conn, &after, NULL) != OUTRIDER_OK)
		abort();
	store_read_end(conn);
	store_reader_close(conn);
	if (before != after)
		world_break(world,
			    "7: %s of phone %u, repeated, changed the server "
			    "(revision %llu became %llu)",
			    flight->method, flight->phone->number,
			    (unsigned long long)before,
			    (unsigned long long)after);
}

/* The end of a call, told to the phone unless the line is dead. */
static void
end(struct world *world, struct flight *flight, int status, const char *text)
{
	struct phone *phone = flight->phone;

	if (phone->core != NULL && !flight->is_cut)
		outrider_ended(phone->core, flight->id, status, text);
	flight_free(world, flight);
}

static void cut(struct world *world, struct flight *flight)
{
	world->n_cuts++;
	end(world, flight, UNAVAILABLE, "connection reset");
}

static void
deliver(struct world *world, struct flight *flight, struct bytes message)
{
	struct phone *phone = flight->phone;
	struct outrider_err err;

	flight->n_answers++;
	if (flight->is_cut || phone->core == NULL)
		return;
	/* An answer that a phone can't take is the core's to get over. */
	if (outrider_received(phone->core, flight->id, message.at, message.len,
			      &err) != OUTRIDER_OK &&
	    !test_disk_is_cut(phone->disk) && err.code == OUTRIDER_DATA_LOSS)
		world_break(world, "phone %u can't read the server: %s",
			    phone->number, err.text);
	/* A late copy of the same answer must change nothing. */
	if (phone->core != NULL && dice_one_in(&world->dice, 16))
		(void)!outrider_received(phone->core, flight->id + 1000000,
					 message.at, message.len, &err);
}

static bool is_bad_luck(struct world *world, uint64_t n)
{
	return !world->is_calm && dice_one_in(&world->dice, n);
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
	if (flight->call == NULL) {
		if (is_bad_luck(world, 12)) {
			cut(world, flight); /* before it arrived */
			return true;
		}
		flight->call = arrive(world, flight);
		return true;
	}
	switch (app_call_next(flight->call, &message, &status)) {
	case APP_WAIT:
		(void)store_run_writes(world->store);
		/* The answer is lost, the write stands. */
		if (is_bad_luck(world, 12))
			cut(world, flight);
		break;
	case APP_MESSAGE:
		if (is_bad_luck(world, 12))
			cut(world, flight);
		else
			deliver(world, flight, message);
		break;
	case APP_END:
		if (is_bad_luck(world, 6) && status.grpc_status == 0 &&
		    strstr(flight->method, "/Push") != NULL)
			arrive_again(world, flight);
		end(world, flight, status.grpc_status, status.text);
		break;
	}
	return true;
}
