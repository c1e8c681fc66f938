/*
 * A whole server in one thread without a network: an inline store in memory,
 * a clock and a random source that the test holds, a founded firm, and calls
 * as bytes through the app's own face. For the tests of app/ and the
 * simulation.
 */
#ifndef APP_HARNESS_H
#define APP_HARNESS_H

#include "app/dispatch.h"
#include "app/keys.h"
#include "app/token.h"
#include "model/record.h"

#include <protobuf-c/protobuf-c.h>

struct backend_conn;

/* 2026-06-01 08:00:00 UTC */
#define HARNESS_START_US INT64_C(1780300800000000)

struct app_harness {
	struct context context;
	int64_t wall_us, mono_us; /* move as the test likes */
	uint64_t seed;		  /* of the random source */
	size_t n_errors;	  /* lines logged as errors */
	char last_error[128];
	/* After each commit, before its writes are answered; or NULL. */
	void (*after_commit)(void *user);
	void *user;

	struct org_keys keys;
	struct backend_conn *anchor;
	char path[64];
	struct store_config store_config;
	struct app_config config;
	struct store *store;
	struct app *app;
	struct app_worker *worker;

	/* The firm's root team, and its first administrator. */
	struct uuid root;
	struct uuid admin;
	char admin_token[TOKEN_TEXT_LEN + 1];
};

#define HARNESS_ADMIN_LOGIN    "admin"
#define HARNESS_ADMIN_PASSWORD "correct horse"

/* Fails the test rather than return. */
void harness_open(struct app_harness *h);
void harness_close(struct app_harness *h);
/* The server stops and starts upon the same store. */
void harness_restart(struct app_harness *h);

struct harness_user {
	struct uuid id, team;
	struct uuid device;
	enum rank rank;
	char token[TOKEN_TEXT_LEN + 1];
	char device_token[TOKEN_TEXT_LEN + 1];
	uint8_t sign_public[32], sign_secret[64]; /* the device's */
};

/* Through TeamService, as the administrator. parent NULL: the root. */
struct uuid harness_add_team(struct app_harness *h, const char *name,
			     const struct uuid *parent);
/*
 * Through UserService; a token and an enrolled device are put into the store
 * at once, without passwords and codes. team NULL: the root.
 */
struct harness_user harness_add_user(struct app_harness *h, const char *login,
				     enum rank rank, const struct uuid *team);
/* Disables a user, or enables them again, as the administrator. */
void harness_lock_out(struct app_harness *h, const struct uuid *user,
		      bool is_out);

struct harness_reply {
	enum outrider_code code;
	int grpc_status;
	char text[256];
	struct bytes message; /* the first; lives until the next call */
	size_t n_messages;
	struct bytes details;
};

/*
 * A call from beginning to end: runs the store's writes while it waits, and
 * fails the test where it waits and is never woken. path is what follows
 * "/outrider.v1.", such as "ContactService/GetContact"; token NULL: none.
 */
const struct harness_reply *harness_call(struct app_harness *h,
					 const char *path, const char *token,
					 const void *request, size_t len);
const struct harness_reply *
harness_call_message(struct app_harness *h, const char *path, const char *token,
		     const ProtobufCMessage *request);
/* Begins one that the test takes on itself; woken counts its wakes. */
struct app_call *harness_begin(struct app_harness *h, const char *path,
			       const char *token, const void *request,
			       size_t len, int *woken);
/* Empty, with a NUL behind it, where the details have no such field. */
void harness_violation(char out[96], const struct harness_reply *reply);
/* These fail the test: an answer of another code, or at another field. */
void harness_expect(const struct harness_reply *reply, enum outrider_code code);
void harness_expect_violation(const struct harness_reply *reply,
			      const char *field);
/* ErrorInfo's reason. */
void harness_reason(char out[64], const struct harness_reply *reply);

/* Uploads a content of a few bytes; hash gets its SHA-256. */
void harness_upload(uint8_t hash[32], struct app_harness *h, const char *token,
		    const char *content);

/* A buffer for requests, freed by the test. */
struct buffer harness_buffer(void);
void harness_put_text(struct buffer *out, uint32_t number, const char *text);
void harness_put_uuid(struct buffer *out, uint32_t number,
		      const struct uuid *id);
/* The text of a top-level field of a message; empty if absent. */
void harness_text(char *out, size_t size, struct bytes message,
		  uint32_t number);
struct uuid harness_uuid(struct bytes message, uint32_t number);
uint64_t harness_scalar(struct bytes message, uint32_t number);
/* The n-th occurrence (from 0) of a top-level LEN field. */
struct bytes harness_part(struct bytes message, uint32_t number, size_t n);

/* The store's newest revision. */
uint64_t harness_rev(struct app_harness *h);

struct uuid harness_new_uuid(struct app_harness *h);

#endif
