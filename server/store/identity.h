/*
 * Who calls: passwords, access tokens, enrolment codes and devices. Secrets
 * are kept as hashes only; hashing is the app's work.
 */
#ifndef STORE_IDENTITY_H
#define STORE_IDENTITY_H

#include "store/store.h"

#define SECRET_HASH_LEN 32

/* ------------------------------------------------------------- passwords */

/* The password's encoded hash (libsodium's text), NOT_FOUND if none is set. */
MODEL_MUST_USE enum outrider_code
identity_password_get(struct store_conn *conn, char out[128],
		      const struct uuid *user, struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
identity_password_put(struct store_conn *tx, const struct uuid *user,
		      const char *encoded, struct outrider_err *err);

/* ---------------------------------------------------------------- tokens */

struct identity_token {
	uint8_t hash[SECRET_HASH_LEN];
	struct uuid user;
	struct uuid device; /* zero: not a device's */
	int64_t expires_us; /* 0: never */
};

MODEL_MUST_USE enum outrider_code
identity_token_put(struct store_conn *tx, const struct identity_token *token,
		   struct outrider_err *err);
/* NOT_FOUND; expiry is judged by the caller. */
MODEL_MUST_USE enum outrider_code
identity_token_get(struct store_conn *conn, struct identity_token *out,
		   const uint8_t hash[SECRET_HASH_LEN],
		   struct outrider_err *err);
MODEL_MUST_USE enum outrider_code
identity_token_delete(struct store_conn *tx,
		      const uint8_t hash[SECRET_HASH_LEN],
		      struct outrider_err *err);
/* Of a user, devices' apart, but for `keep` (may be NULL). */
MODEL_MUST_USE enum outrider_code
identity_tokens_delete_of(struct store_conn *tx, const struct uuid *user,
			  const uint8_t keep[SECRET_HASH_LEN],
			  struct outrider_err *err);
/* Of one device of the user's. */
MODEL_MUST_USE enum outrider_code
identity_tokens_delete_device(struct store_conn *tx, const struct uuid *user,
			      const struct uuid *device,
			      struct outrider_err *err);
/* Those that ran out before. */
MODEL_MUST_USE enum outrider_code
identity_tokens_expire(struct store_conn *tx, int64_t now_us,
		       struct outrider_err *err);

/* ---------------------------------------------------------------- enrolment */

struct identity_code {
	uint8_t hash[SECRET_HASH_LEN];
	struct uuid user;
	int64_t expires_us;
	struct uuid used_by; /* device; zero: not used */
};

MODEL_MUST_USE enum outrider_code
identity_code_put(struct store_conn *tx, const struct identity_code *code,
		  struct outrider_err *err); /* inserts or replaces */
MODEL_MUST_USE enum outrider_code
identity_code_get(struct store_conn *conn, struct identity_code *out,
		  const uint8_t hash[SECRET_HASH_LEN],
		  struct outrider_err *err);

struct identity_device {
	struct uuid id, user;
	char display_name[101];
	uint8_t signing_key[32];
	int64_t enrolled_us;
	int64_t revoked_us; /* 0: in use */
};

MODEL_MUST_USE enum outrider_code
identity_device_put(struct store_conn *tx, const struct identity_device *device,
		    struct outrider_err *err); /* inserts or replaces */
MODEL_MUST_USE enum outrider_code
identity_device_get(struct store_conn *conn, struct identity_device *out,
		    const struct uuid *id, struct outrider_err *err);
/* How many devices has this user, revoked ones too? */
MODEL_MUST_USE enum outrider_code
identity_device_count(struct store_conn *conn, size_t *out,
		      const struct uuid *user, struct outrider_err *err);
/* This user's, revoked ones too, the newest first: at most limit. */
MODEL_MUST_USE enum outrider_code
identity_device_list(struct store_conn *conn, struct identity_device **out,
		     size_t *n, const struct uuid *user, size_t limit,
		     struct arena *arena, struct outrider_err *err);

/* ------------------------------------------------------------ idempotency */

/*
 * The answers to what came with a key: a device's mutations
 * (device, incarnation, seq), kept together under the number of the last, or a
 * caller's request_id (user, request_id, 0).
 */
struct replay_key {
	struct uuid who, what;
	uint64_t seq;
};

struct replay {
	uint64_t seq; /* what it is kept under: read only */
	uint8_t content_hash[SECRET_HASH_LEN];
	struct bytes result;
	int64_t at_us;
};

/* The one under that number, or else the next one above it. */
MODEL_MUST_USE enum outrider_code
replay_get(struct store_conn *conn, struct replay *out,
	   const struct replay_key *key, struct arena *arena,
	   struct outrider_err *err); /* NOT_FOUND */
MODEL_MUST_USE enum outrider_code
replay_put(struct store_conn *tx, const struct replay_key *key,
	   const struct replay *replay, struct outrider_err *err);
/*
 * Forgets a device's answers up to seq, other incarnations' too if they are
 * older than before_us; keeps the newest number of each.
 */
MODEL_MUST_USE enum outrider_code
replay_forget(struct store_conn *tx, const struct uuid *who,
	      const struct uuid *what, uint64_t up_to_seq, int64_t before_us,
	      struct outrider_err *err);
/* The highest number seen of (who, what), forgotten ones too; 0: none. */
MODEL_MUST_USE enum outrider_code
replay_last_seq(struct store_conn *conn, uint64_t *out, const struct uuid *who,
		const struct uuid *what, struct outrider_err *err);

#endif
