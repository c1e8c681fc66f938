/*
 * A phone as docs/formats/sync.md wants it, in the fewest lines: cards,
 * memberships, a cursor and an outbox in memory. What the server's tests hold
 * against the server's truth. It is not the phone's core and shares no code
 * with it but the model.
 */
#ifndef MODEL_PHONE_H
#define MODEL_PHONE_H

#include "app_harness.h"
#include "store/store.h"

enum {
	MODEL_IN_MAX = 32, /* scopes of one card */
	MODEL_CLEARED_MAX = 16,
	MODEL_DIFFERING_MAX = 100,
};

struct model_card {
	uint32_t kind;
	struct uuid id;
	uint64_t rev; /* 0: made here, and no page has told of it yet */
	struct buffer fields;
	struct scope in[MODEL_IN_MAX];
	size_t n_in;
	bool is_there;
};

enum model_op { MODEL_CREATE = 1, MODEL_UPDATE, MODEL_DELETE };
enum model_outcome { MODEL_APPLIED = 1, MODEL_MERGED, MODEL_REJECTED };

struct model_mutation {
	uint64_t seq;
	uint32_t kind;
	struct uuid id;
	enum model_op op;
	uint64_t base_rev, hlc;
	struct buffer fields;
	uint32_t cleared[MODEL_CLEARED_MAX];
	size_t n_cleared;
	/* The server's answer; outcome 0: none yet. */
	int outcome; /* MutationOutcome */
	int code;    /* a rejection's google.rpc.Code */
	char reason[300], field_path[100];
	uint32_t asked[MODEL_CLEARED_MAX];
	size_t n_asked;
};

struct model_phone {
	struct app_harness *h;
	const struct harness_user *user;
	struct uuid incarnation;
	uint64_t next_seq, acked_seq;
	uint64_t hlc;
	struct buffer cursor;
	struct model_card *cards;
	size_t n_cards, room_cards;
	struct model_mutation *outbox; /* answered ones too */
	size_t n_outbox, room_outbox;
	bool is_owed; /* an answer was lost: push again before the next pull */
	/* Between two pages of a pull. */
	void (*on_page)(void *user);
	void *user_of_page;
	/* Of the last comparison: what differs, bucket by bucket. */
	uint8_t key[16];
	bool is_behind;
	struct model_difference {
		struct scope scope;
		uint8_t mask[32];
	} differing[MODEL_DIFFERING_MAX];
	size_t n_differing;
	size_t n_waits; /* of the last call: how often it let others go first */
	/* Of the last pull, or repair. */
	size_t n_pages, n_records, n_field_bytes, n_whole, n_cleared;
	bool is_at_head;
};

void model_open(struct model_phone *p, struct app_harness *h,
		const struct harness_user *user);
void model_close(struct model_phone *p);
/* Nothing is left but the outbox: the next pull is the first. */
void model_forget_cards(struct model_phone *p);

struct model_card *
model_find(struct model_phone *p, uint32_t kind, const struct uuid *id);
size_t model_count(const struct model_phone *p);

/*
 * Pulls at most max_pages (0: to the head) and takes in the first `applied` of
 * them: the others get lost on the road. Returns how the call ended.
 */
enum outrider_code
model_pull(struct model_phone *p, unsigned max_pages, size_t applied);
/* To the head, all of it; fails the test where that fails. */
void model_pull_all(struct model_phone *p);

/* A call that answers in pages: takes in the first `applied` of them. */
enum outrider_code model_take_pages(struct model_phone *p, const char *path,
				    const ProtobufCMessage *request,
				    size_t applied);
/* Compares with a new key, and works out which buckets differ. */
enum outrider_code model_compare(struct model_phone *p);
/* Repairs these buckets of a scope; held is asked about piece by piece. */
enum outrider_code
model_repair(struct model_phone *p, const struct model_difference *what);
/*
 * Compares, repairs all that differs, and fails the test unless everything is
 * equal then. Returns how many scopes differed.
 */
size_t model_heal(struct model_phone *p);

/* Appends to the outbox. fields are copied; returns the mutation's number. */
uint64_t model_edit(struct model_phone *p, enum model_op op, uint32_t kind,
		    const struct uuid *id, struct bytes fields,
		    const uint32_t *cleared, size_t n_cleared);
struct model_mutation *model_mutation(struct model_phone *p, uint64_t seq);
/* It says something else from now on, as another backup would. */
void model_reword(struct model_mutation *mutation, struct bytes fields);
/* Fails the test unless it was answered so; whoever is refused is told why. */
void model_came_out(struct model_phone *p, uint64_t seq,
		    enum model_outcome outcome, int code);
/* Sends at most n of what waits; the answer may get lost on the road. */
enum outrider_code model_push(struct model_phone *p, size_t n, bool is_lost);
/* The same in two halves: what is sent of the first n, the caller's to free;
 * and what was answered to them. */
struct buffer model_push_request(struct model_phone *p, size_t n);
void model_take_answers(struct model_phone *p, struct bytes message, size_t n);
void model_push_all(struct model_phone *p);
/* All that was ever sent is to be sent again, under a new incarnation. */
void model_renew(struct model_phone *p);
size_t model_waiting(const struct model_phone *p);

/*
 * Fails the test unless the phone's cards are what its user may see, byte for
 * byte and scope for scope.
 */
void model_check(struct model_phone *p);

#endif
