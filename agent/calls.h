/*
 * The agent's own calls, beside the core's: packed, sent, unpacked.
 */
#ifndef AGENT_CALLS_H
#define AGENT_CALLS_H

#include "session.h"

#include "google/protobuf/timestamp.pb-c.h"

#define CALL_DEADLINE_MS 20000

/*
 * Packs a request, calls with the token (NULL: the device's own, if it has
 * one), and gives each answer to callback. deadline_ms 0: none. Returns the
 * gRPC status; *err has the words.
 */
int call_method(struct session *session, const char *method, const char *token,
		const ProtobufCMessage *request, int deadline_ms,
		session_answer_fn *callback, void *user,
		struct outrider_err *err);

/*
 * A one-time code for a user. token as above. False: *err says why.
 */
bool call_invite(struct session *session, char code[33], int64_t *expires_us,
		 const char *user_id, const char *token,
		 struct outrider_err *err);

/* Signs in by password: a token and the user's id. False: *err says why. */
bool call_login(struct session *session, char token[65], char user_id[37],
		const char *login_name, const char *password,
		struct outrider_err *err);

/* Microseconds since 1970; 0 where it is not set. */
int64_t call_time_us(const Google__Protobuf__Timestamp *at);
/* The name that stands behind an enum's prefix: "LATE"; "?" if unknown. */
const char *call_enum_name(const ProtobufCEnumDescriptor *type, int value,
			   const char *prefix);

#endif
