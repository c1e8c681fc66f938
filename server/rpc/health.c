/*
 * grpc.health.v1: is the server, and each of its services, taking calls? They
 * all do until the server drains, and then none does.
 */
#include "rpc/parts.h"

#include "model/wire.h"

#include <string.h>

enum serving_status {
	STATUS_UNKNOWN = 0,
	STATUS_SERVING = 1,
	STATUS_NOT_SERVING = 2,
	STATUS_SERVICE_UNKNOWN = 3,
};

enum {
	REQUEST_SERVICE = 1,
	RESPONSE_STATUS = 1,
	LIST_STATUSES = 1,
	ENTRY_KEY = 1,
	ENTRY_VALUE = 2,
	ENTRY_MAX = 256,
	ANSWER_MAX = 16 << 10,
};

struct health {
	struct arena arena; /* holds this, too */
	const struct rpc_server *server;
	enum outrider_code code; /* of the request */
	bool is_known;
	enum serving_status told; /* UNKNOWN: nothing yet */
	struct buffer answer;
};

static bool service_is_known(struct bytes name)
{
	return name.len == 0 || rpc_service_exists(name);
}

static enum outrider_code
request_read(struct health *health, const struct app_request *request)
{
	struct wire_reader reader = wire_read(request->message);
	struct bytes service = { .at = NULL };
	struct wire_field field;
	int found;

	if (request->has_more_messages)
		return OUTRIDER_INVALID_ARGUMENT;
	while ((found = wire_next(&reader, &field)) > 0)
		if (field.number == REQUEST_SERVICE && field.type == WIRE_LEN)
			service = field.value;
	health->is_known = service_is_known(service);
	return found < 0 ? OUTRIDER_INVALID_ARGUMENT : OUTRIDER_OK;
}

static void *
health_begin(struct rpc_worker *worker, const struct app_request *request)
{
	struct arena arena;
	struct health *health;

	arena_init(&arena, &allocator_libc, 8 << 10);
	health = arena_alloc(&arena, sizeof(*health));
	if (!health)
		return NULL;
	health->arena = arena;
	health->server = worker->server;
	health->code = request_read(health, request);
	buffer_init(&health->answer, &allocator_libc, ANSWER_MAX);
	return health;
}

static void health_free(void *state)
{
	struct health *health = state;
	struct arena arena = health->arena;

	buffer_free(&health->answer);
	arena_free(&arena);
}

static enum rpc_progress
end(struct app_status *status, enum outrider_code code, const char *text)
{
	*status = (struct app_status){
		.code = code,
		.grpc_status = code_grpc_status(code),
		.text = text,
	};
	return RPC_END;
}

static enum serving_status status_now(const struct health *health)
{
	return atomic_load(&health->server->is_draining) ? STATUS_NOT_SERVING
							 : STATUS_SERVING;
}

/* What health->answer holds, as the message. */
static enum rpc_progress answer(struct health *health, struct bytes *message)
{
	*message = (struct bytes){
		.at = health->answer.at,
		.len = health->answer.len,
	};
	return RPC_MESSAGE;
}

static enum rpc_progress
tell(struct health *health, struct bytes *message, enum serving_status serving)
{
	health->told = serving;
	buffer_clear(&health->answer);
	wire_put_scalar(&health->answer, RESPONSE_STATUS, serving);
	return answer(health, message);
}

static enum rpc_progress
check_next(void *state, struct bytes *message, struct app_status *status)
{
	struct health *health = state;

	if (health->code)
		return end(status, health->code, "not a health check");
	if (!health->is_known)
		return end(status, OUTRIDER_NOT_FOUND, "no such service");
	if (health->told)
		return end(status, OUTRIDER_OK, "");
	return tell(health, message, status_now(health));
}

static enum rpc_progress
watch_next(void *state, struct bytes *message, struct app_status *status)
{
	struct health *health = state;
	enum serving_status now = STATUS_SERVICE_UNKNOWN;

	if (health->code)
		return end(status, health->code, "not a health check");
	if (health->is_known)
		now = status_now(health);
	if (now == health->told)
		return RPC_WAIT;
	return tell(health, message, now);
}

static void put_entry(struct health *health, const char *service,
		      enum serving_status serving)
{
	/* A HealthCheckResponse. */
	uint8_t response[] = { RESPONSE_STATUS << 3, (uint8_t)serving };
	struct buffer entry;

	buffer_init(&entry, &allocator_libc, ENTRY_MAX);
	wire_put_bytes(&entry, ENTRY_KEY, service, strlen(service));
	wire_put_bytes(&entry, ENTRY_VALUE, response, sizeof(response));
	if (!entry.is_full)
		wire_put_bytes(&health->answer, LIST_STATUSES, entry.at,
			       entry.len);
	buffer_free(&entry);
}

static enum rpc_progress
list_next(void *state, struct bytes *message, struct app_status *status)
{
	struct health *health = state;
	enum serving_status now = status_now(health);
	const char *service;

	if (health->code)
		return end(status, health->code, "not a health check");
	if (health->told)
		return end(status, OUTRIDER_OK, "");
	health->told = now;
	put_entry(health, "", now);
	for (size_t i = 0; (service = rpc_service_name(i)); i++)
		put_entry(health, service, now);
	if (health->answer.is_full)
		return end(status, OUTRIDER_RESOURCE_EXHAUSTED,
			   "too many services to list");
	return answer(health, message);
}

const struct rpc_source rpc_health_check = {
	.begin = health_begin,
	.next = check_next,
	.free = health_free,
	.knows_drain = true,
};

const struct rpc_source rpc_health_list = {
	.begin = health_begin,
	.next = list_next,
	.free = health_free,
	.knows_drain = true,
};

const struct rpc_source rpc_health_watch = {
	.begin = health_begin,
	.next = watch_next,
	.free = health_free,
	.knows_drain = true,
};
