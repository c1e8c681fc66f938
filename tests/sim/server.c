/*
 * The server of the simulated world: the real app over the real store, on a
 * real file, with its writer run by hand. And the desk: what changes without
 * a phone.
 */
#include "world.h"

#include "app/firm.h"
#include "store/backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "outrider/v1/auth.pb-c.h"
#include "outrider/v1/contact.pb-c.h"
#include "outrider/v1/user.pb-c.h"

#define PASSWORD "a password for simulations"

/* ---------------------------------------------------------------- context */

static int64_t world_now(void *user)
{
	return ((const struct world *)user)->now_us;
}

static void world_random(void *user, void *out, size_t len)
{
	struct world *world = user;
	uint8_t *at = out;

	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)dice_throw(&world->dice);
}

static void world_log(void *user, enum log_level level, const char *event,
		      const char *fields)
{
	(void)user;
	if (level >= LOG_LEVEL_ERROR || getenv("OUTRIDER_DEBUG") != NULL)
		fprintf(stderr, "server: %s %s\n", event, fields);
}

static void forward_commit(void *user, uint64_t rev)
{
	struct world *world = user;

	if (world->app != NULL)
		app_on_commit(world->app, rev);
}

/* ------------------------------------------------------------------- life */

void server_remove(const struct world *world)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-lock" };
	char path[128];

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		snprintf(path, sizeof(path), "%s/db%s", world->directory,
			 ends[i]);
		(void)unlink(path);
	}
	(void)rmdir(world->directory);
}

static bool sign_in(struct world *world)
{
	Outrider__V1__LoginRequest request = OUTRIDER__V1__LOGIN_REQUEST__INIT;
	Outrider__V1__LoginResponse *response;
	struct buffer reply;
	uint8_t bytes[256];
	int status;

	request.login_name = (char[]){ "admin" };
	request.password = (char[]){ PASSWORD };
	status = server_call(world, "/outrider.v1.AuthService/Login", NULL,
			     bytes,
			     outrider__v1__login_request__pack(&request, bytes),
			     &reply);
	response =
		outrider__v1__login_response__unpack(NULL, reply.len, reply.at);
	if (status == 0 && response != NULL)
		snprintf(world->admin_token, sizeof(world->admin_token), "%s",
			 response->access_token);
	if (response != NULL)
		outrider__v1__login_response__free_unpacked(response, NULL);
	buffer_free(&reply);
	return status == 0;
}

bool server_start(struct world *world, bool is_new)
{
	static const struct firm firm = {
		.display_name = "Simulated",
		.admin_login_name = "admin",
		.admin_display_name = "Admin",
		.admin_password = PASSWORD,
	};
	struct outrider_err err;
	char path[80];

	world->context = (struct context){ .user = world,
					   .wall_us = world_now,
					   .mono_us = world_now,
					   .random = world_random,
					   .log = world_log };
	if (is_new) {
		snprintf(world->directory, sizeof(world->directory), "%s",
			 access("/dev/shm", W_OK) == 0
				 ? "/dev/shm/outrider-sim-XXXXXX"
				 : "/tmp/outrider-sim-XXXXXX");
		if (mkdtemp(world->directory) == NULL)
			return false;
		keys_make(&world->keys, &world->context);
	}
	snprintf(path, sizeof(path), "%s/db", world->directory);
	const struct store_config store = {
		.context = &world->context,
		.backend = &store_sqlite,
		.path = path,
		.is_inline = true,
		.on_commit = forward_commit,
		.user = world,
	};
	if ((is_new && store_create(&store, &err) != OUTRIDER_OK) ||
	    store_open(&world->store, &store, &err) != OUTRIDER_OK)
		goto failed;
	if (is_new &&
	    app_found_firm(&world->team, NULL, world->store, &world->context,
			   &firm, &err) != OUTRIDER_OK)
		goto failed;
	const struct app_config app = { .context = &world->context,
					.store = world->store,
					.keys = &world->keys,
					/* Runs may last weeks. */
					.token_life_us = INT64_MAX / 4 };
	if (app_open(&world->app, &app, &err) != OUTRIDER_OK ||
	    app_worker_open(&world->worker, world->app, &err) != OUTRIDER_OK)
		goto failed;
	if (!is_new)
		return true;
	return sign_in(world);
failed:
	fprintf(stderr, "simulation: %s\n", err.text);
	return false;
}

void server_stop(struct world *world)
{
	if (world->worker != NULL)
		app_worker_close(world->worker);
	/* What the app still has to write ends with the store. */
	store_close(world->store);
	app_close(world->app);
	world->worker = NULL;
	world->app = NULL;
	world->store = NULL;
}

static void no_wake(void *user)
{
	(void)user;
}

int server_call(struct world *world, const char *path, const char *token,
		const void *request_bytes, size_t len, struct buffer *reply)
{
	char bearer[100] = "";
	struct app_status status = { .grpc_status = 2 };
	struct bytes message;
	struct app_call *call;
	enum app_progress progress;
	int result;

	if (token != NULL)
		snprintf(bearer, sizeof(bearer), "Bearer %s", token);
	const struct app_request request = {
		.path = path,
		.path_len = strlen(path),
		.authorization = { (const uint8_t *)bearer, strlen(bearer) },
		.deadline_mono_us = INT64_MAX,
		.message = { request_bytes, len },
		.wake = no_wake,
	};
	buffer_init(reply, &allocator_libc, 16 * 1024 * 1024);
	call = app_call_begin(world->worker, &request);
	do {
		progress = app_call_next(call, &message, &status);
		if (progress == APP_WAIT)
			(void)store_run_writes(world->store);
		else if (progress == APP_MESSAGE && reply->len == 0)
			buffer_append(reply, message.at, message.len);
	} while (progress != APP_END);
	result = status.grpc_status;
	if (result != 0 && getenv("OUTRIDER_DEBUG") != NULL)
		fprintf(stderr, "%s: %s\n", path, status.text);
	app_call_free(call);
	return result;
}

/* --------------------------------------------------------------- the desk */

/* Ids of contacts, in the order in which the admin sees them. */
static Outrider__V1__ListContactsResponse *list_contacts(struct world *world)
{
	Outrider__V1__ListContactsRequest request =
		OUTRIDER__V1__LIST_CONTACTS_REQUEST__INIT;
	Outrider__V1__ListContactsResponse *response = NULL;
	struct buffer reply;
	uint8_t bytes[64];

	request.page_size = 200;
	if (server_call(world, "/outrider.v1.ContactService/ListContacts",
			world->admin_token, bytes,
			outrider__v1__list_contacts_request__pack(&request,
								  bytes),
			&reply) == 0)
		response = outrider__v1__list_contacts_response__unpack(
			NULL, reply.len, reply.at);
	buffer_free(&reply);
	return response;
}

static void update_contact(struct world *world, const char *id)
{
	Outrider__V1__UpdateContactRequest request =
		OUTRIDER__V1__UPDATE_CONTACT_REQUEST__INIT;
	Outrider__V1__Contact contact = OUTRIDER__V1__CONTACT__INIT;
	struct buffer reply;
	uint8_t bytes[512];
	char given_id[40], value[40], owner[UUID_TEXT_LEN + 1];

	snprintf(given_id, sizeof(given_id), "%s", id);
	snprintf(value, sizeof(value), "desk %llx",
		 (unsigned long long)dice_throw(&world->dice));
	contact.id = given_id;
	request.contact = &contact;
	switch (dice_below(&world->dice, 3)) {
	case 0: /* somebody else's customer from now on: scopes change */
		uuid_format(
			owner,
			&world->phones[dice_below(&world->dice, world->n_phones)]
				 .user);
		contact.owner_id = owner;
		break;
	case 1:
		contact.position = value;
		break;
	default:
		contact.address = value;
		break;
	}
	(void)server_call(world, "/outrider.v1.ContactService/UpdateContact",
			  world->admin_token, bytes,
			  outrider__v1__update_contact_request__pack(&request,
								     bytes),
			  &reply);
	buffer_free(&reply);
}

static void delete_contact(struct world *world, const char *id)
{
	Outrider__V1__DeleteContactRequest request =
		OUTRIDER__V1__DELETE_CONTACT_REQUEST__INIT;
	struct buffer reply;
	uint8_t bytes[128];
	char given_id[40];

	snprintf(given_id, sizeof(given_id), "%s", id);
	request.id = given_id;
	(void)server_call(world, "/outrider.v1.ContactService/DeleteContact",
			  world->admin_token, bytes,
			  outrider__v1__delete_contact_request__pack(&request,
								     bytes),
			  &reply);
	buffer_free(&reply);
}

void server_act(struct world *world)
{
	Outrider__V1__ListContactsResponse *contacts = list_contacts(world);

	if (contacts != NULL && contacts->n_contacts > 0) {
		const char *id =
			contacts->contacts[dice_below(&world->dice,
						      contacts->n_contacts)]
				->id;

		if (dice_one_in(&world->dice, 12))
			delete_contact(world, id);
		else
			update_contact(world, id);
	}
	if (contacts != NULL)
		outrider__v1__list_contacts_response__free_unpacked(contacts,
								    NULL);
}
