/*
 * Which services and methods the server speaks: the contract's, from the
 * generated table, and rpc's own.
 */
#include "rpc/parts.h"

#include "model/schema.h"

#include <stdlib.h>
#include <string.h>

static const struct rpc_method own_methods[] = {
	{ .path = "/grpc.health.v1.Health/Check", .source = &rpc_health_check },
	{ .path = "/grpc.health.v1.Health/List", .source = &rpc_health_list },
	{ .path = "/grpc.health.v1.Health/Watch",
	  .source = &rpc_health_watch,
	  .is_response_stream = true },
	{ .path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
	  .source = &rpc_reflection,
	  .is_request_stream = true,
	  .is_response_stream = true },
	{ .path = "/grpc.reflection.v1alpha.ServerReflection/"
		  "ServerReflectionInfo",
	  .source = &rpc_reflection,
	  .is_request_stream = true,
	  .is_response_stream = true },
};

static const char *const own_services[] = {
	"grpc.health.v1.Health",
	"grpc.reflection.v1.ServerReflection",
	"grpc.reflection.v1alpha.ServerReflection",
};

#define N_OWN	       (sizeof(own_methods) / sizeof(own_methods[0]))
#define N_OWN_SERVICES (sizeof(own_services) / sizeof(own_services[0]))

/*
 * Passwords are hashed slowly, so that they can't be guessed fast. Whoever
 * signs in must not hold up those who work.
 */
static bool is_slow(const struct method *method)
{
	return strcmp(method->service, "outrider.v1.AuthService") == 0;
}

struct rpc_method *rpc_methods_make(size_t *n)
{
	struct rpc_method *methods =
		calloc(schema_n_methods + N_OWN, sizeof(*methods));

	if (!methods)
		return NULL;
	memcpy(methods, own_methods, sizeof(own_methods));
	for (size_t i = 0; i < schema_n_methods; i++) {
		const struct method *method = &schema_methods[i];

		methods[N_OWN + i] = (struct rpc_method){
			.path = method->path,
			.source = &rpc_app_source,
			.is_response_stream = method->is_response_stream,
			/* Devices call from where each byte is paid for. */
			.is_compressed = method->is_response_stream ||
					 method->verb == METHOD_LIST ||
					 method->permission == PERMIT_DEVICE,
			.is_told_peer = method->permission == PERMIT_PUBLIC,
			.is_slow = is_slow(method),
		};
	}
	*n = N_OWN + schema_n_methods;
	return methods;
}

/* Methods of one service stand together in the table. */
static bool begins_service(size_t i)
{
	return i == 0 || strcmp(schema_methods[i].service,
				schema_methods[i - 1].service) != 0;
}

const char *rpc_service_name(size_t index)
{
	if (index < N_OWN_SERVICES)
		return own_services[index];
	index -= N_OWN_SERVICES;
	for (size_t i = 0; i < schema_n_methods; i++)
		if (begins_service(i) && index-- == 0)
			return schema_methods[i].service;
	return NULL;
}

bool rpc_service_exists(struct bytes name)
{
	const char *service;

	for (size_t i = 0; (service = rpc_service_name(i)); i++)
		if (strlen(service) == name.len &&
		    memcmp(service, name.at, name.len) == 0)
			return true;
	return false;
}
