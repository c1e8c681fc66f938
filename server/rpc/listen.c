/*
 * Where the server listens, under which limits, and with which certificate.
 * Owns what is said to gRPC before it starts; keeps nothing.
 */
#include "rpc/parts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grpc/grpc_security.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	HOST_MAX = 256,
	SECOND_MS = 1000,
	/* A phone that went into a tunnel is noticed in about two minutes. */
	KEEPALIVE_MS = 100 * SECOND_MS,
	KEEPALIVE_ANSWER_MS = 20 * SECOND_MS,
	/* Clients may ask as often as this whether the server is there. */
	PING_INTERVAL_MS = 10 * SECOND_MS,
	IDLE_MS = 30 * 60 * SECOND_MS,
	HANDSHAKE_MS = 20 * SECOND_MS,
	STREAMS_OF_CONNECTION = 256,
	METADATA_MAX = 16 << 10,
};

/* Takes "HOST:PORT" or "[HOST]:PORT" apart. */
static enum outrider_code address_split(const char *listen, char host[HOST_MAX],
					const char **port,
					struct outrider_err *err)
{
	const char *colon = strrchr(listen, ':');
	size_t len = colon ? (size_t)(colon - listen) : 0;
	char *end;
	unsigned long number;

	if (!colon || len == 0 || len >= HOST_MAX)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "'%s' is not HOST:PORT", listen);
	if (listen[0] == '[' && listen[len - 1] == ']') {
		listen++;
		len -= 2;
	}
	memcpy(host, listen, len);
	host[len] = '\0';
	*port = colon + 1;
	number = strtoul(*port, &end, 10);
	if (**port < '0' || **port > '9' || *end || number > 65535)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL,
			       "'%s' is not a port", *port);
	return OUTRIDER_OK;
}

static enum outrider_code address_find(struct addrinfo **out,
				       const char *listen,
				       struct outrider_err *err)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	};
	char host[HOST_MAX];
	const char *port = NULL;
	enum outrider_code code;
	int found;

	*out = NULL;
	code = address_split(listen, host, &port, err);
	if (code != OUTRIDER_OK)
		return code;
	found = getaddrinfo(host, port, &hints, out);
	if (found != 0)
		return err_set(err, OUTRIDER_INVALID_ARGUMENT, NULL, "'%s': %s",
			       host, gai_strerror(found));
	return OUTRIDER_OK;
}

static bool is_loopback(const struct sockaddr *address)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof(v4));
		return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
	}
	if (address->sa_family != AF_INET6)
		return false;
	memcpy(&v6, address, sizeof(v6));
	return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

enum outrider_code
rpc_listen_is_loopback(bool *out, const char *listen, struct outrider_err *err)
{
	struct addrinfo *addresses;
	enum outrider_code code = address_find(&addresses, listen, err);

	if (code != OUTRIDER_OK)
		return code;
	*out = true;
	for (struct addrinfo *a = addresses; a; a = a->ai_next)
		*out = *out && is_loopback(a->ai_addr);
	freeaddrinfo(addresses);
	return OUTRIDER_OK;
}

/*
 * gRPC says only that it can't bind. Binding once before it says why: 0, or
 * the errno of the first address that is refused.
 */
static int bind_trial(const struct addrinfo *addresses)
{
	int error = 0;

	for (const struct addrinfo *a = addresses; a && !error;
	     a = a->ai_next) {
		int yes = 1;
		int fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (fd < 0)
			continue; /* a family that this machine lacks */
		/* As gRPC does, so that old connections don't count. */
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes,
				 sizeof(yes));
		if (bind(fd, a->ai_addr, a->ai_addrlen) != 0)
			error = errno;
		close(fd);
	}
	return error;
}

static grpc_server_credentials *
credentials_make(const struct rpc_config *config)
{
	const char *ca = config->tls_client_ca;
	grpc_ssl_pem_key_cert_pair pair = {
		.private_key = config->tls_key,
		.cert_chain = config->tls_cert,
	};

	if (!config->tls_cert)
		return grpc_insecure_server_credentials_create();
	return grpc_ssl_server_credentials_create_ex(
		ca, &pair, 1,
		ca ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
		   : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE,
		NULL);
}

enum outrider_code rpc_listen_bind(unsigned *port, grpc_server *grpc,
				   const struct rpc_config *config,
				   struct outrider_err *err)
{
	grpc_server_credentials *credentials;
	struct addrinfo *addresses;
	enum outrider_code code;
	int error, bound;

	code = address_find(&addresses, config->listen, err);
	if (code != OUTRIDER_OK)
		return code;
	error = bind_trial(addresses);
	freeaddrinfo(addresses);
	if (error)
		return err_set(err, OUTRIDER_UNAVAILABLE, NULL,
			       "can't listen on %s: %s", config->listen,
			       strerror(error));
	credentials = credentials_make(config);
	bound = credentials ? grpc_server_add_http2_port(grpc, config->listen,
							 credentials)
			    : 0;
	grpc_server_credentials_release(credentials);
	if (bound > 0) {
		*port = (unsigned)bound;
		return OUTRIDER_OK;
	}
	if (config->tls_cert)
		return err_set(err, OUTRIDER_UNAVAILABLE, NULL,
			       "the certificate or its key is damaged, or they "
			       "don't belong together");
	return err_set(err, OUTRIDER_UNAVAILABLE, NULL, "can't listen on %s",
		       config->listen);
}

static grpc_arg number(const char *key, size_t value)
{
	return (grpc_arg){
		.type = GRPC_ARG_INTEGER,
		.key = (char *)(uintptr_t)key,
		.value.integer = (int)value,
	};
}

grpc_server *rpc_listen_create(const struct rpc_config *config)
{
	grpc_arg args[] = {
		/* Two servers must not share a port unseen. */
		number(GRPC_ARG_ALLOW_REUSEPORT, 0),
		number(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH,
		       config->max_message ? config->max_message
					   : RPC_MAX_MESSAGE),
		/* inflate.c does it, and knows where to end. */
		number(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0),
		number(GRPC_ARG_MAX_CONCURRENT_STREAMS, STREAMS_OF_CONNECTION),
		number(GRPC_ARG_MAX_METADATA_SIZE, METADATA_MAX),
		number(GRPC_ARG_MAX_CONNECTION_IDLE_MS, IDLE_MS),
		number(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, HANDSHAKE_MS),
		number(GRPC_ARG_KEEPALIVE_TIME_MS, KEEPALIVE_MS),
		number(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, KEEPALIVE_ANSWER_MS),
		number(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1),
		number(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
		       PING_INTERVAL_MS),
	};
	const grpc_channel_args all = {
		.num_args = sizeof(args) / sizeof(args[0]),
		.args = args,
	};

	return grpc_server_create(&all, NULL);
}
