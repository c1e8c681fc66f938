/*
 * Failed attempts, counted in a table of fixed size: sets of four places
 * where the one that was quiet longest gives way. Whoever floods the table
 * with other names pays the password hash for each of them, and their peer
 * is counted too.
 */
#include "app/throttle.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

enum {
	SETS = 1024,
	WAYS = 4,
	BACKOFF_MAX_DOUBLINGS = 20,
};

#define SECOND_US INT64_C(1000000)

static const struct patience {
	unsigned n_free;    /* attempts without a wait */
	int64_t longest_us; /* the wait doubles from one second up to this */
	int64_t forget_us;  /* quiet for so long: begins anew */
} patience[] = {
	/* Short, or anybody could lock a colleague out by the name alone. */
	[THROTTLE_LOGIN_NAME] = { 5, 60 * SECOND_US, 3600 * SECOND_US },
	/* Many people may share an address. */
	[THROTTLE_PEER] = { 20, 900 * SECOND_US, 3600 * SECOND_US },
};

struct place {
	uint64_t key; /* 0: free */
	unsigned n_attempts;
	int64_t last_us; /* the monotonic clock's */
};

struct throttle {
	const struct context *context;
	pthread_mutex_t lock;
	uint8_t hash_key[crypto_shorthash_KEYBYTES];
	struct place places[SETS][WAYS];
};

struct throttle *throttle_open(const struct context *context)
{
	struct throttle *throttle = calloc(1, sizeof(*throttle));

	if (!throttle)
		return NULL;
	throttle->context = context;
	pthread_mutex_init(&throttle->lock, NULL);
	context->random(context->user, throttle->hash_key,
			sizeof(throttle->hash_key));
	return throttle;
}

void throttle_close(struct throttle *throttle)
{
	if (!throttle)
		return;
	pthread_mutex_destroy(&throttle->lock);
	free(throttle);
}

static uint64_t hash_subject(const struct throttle *throttle,
			     enum throttle_by by, struct bytes subject)
{
	uint8_t digest[crypto_shorthash_BYTES];
	uint64_t key = 0;

	crypto_shorthash(digest, subject.at, subject.len, throttle->hash_key);
	for (size_t i = 0; i < sizeof(digest); i++)
		key = key << 8 | digest[i];
	/* The same text as a name and as a peer is two subjects. */
	key ^= (uint64_t)by << 63;
	return key ? key : 1;
}

/* The subject's place, or the one that it takes over. */
static struct place *find(struct throttle *throttle, uint64_t key)
{
	struct place *set = throttle->places[key % SETS];
	struct place *oldest = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (set[i].key == key)
			return &set[i];
		if (set[i].key == 0 ? oldest->key != 0
				    : oldest->key != 0 &&
					      set[i].last_us < oldest->last_us)
			oldest = &set[i];
	}
	return oldest;
}

static int64_t wait_of(const struct patience *p, unsigned n_attempts)
{
	unsigned over;
	int64_t wait_us;

	if (n_attempts < p->n_free)
		return 0;
	over = n_attempts - p->n_free;
	if (over > BACKOFF_MAX_DOUBLINGS)
		return p->longest_us;
	wait_us = SECOND_US << over;
	return wait_us < p->longest_us ? wait_us : p->longest_us;
}

int64_t throttle_attempt(struct throttle *throttle, enum throttle_by by,
			 struct bytes subject)
{
	const struct context *context = throttle->context;
	const struct patience *p = &patience[by];
	int64_t now_us = context->mono_us(context->user);
	int64_t ready_us;
	struct place *place;
	uint64_t key;

	if (subject.len == 0)
		return 0;
	key = hash_subject(throttle, by, subject);
	pthread_mutex_lock(&throttle->lock);
	place = find(throttle, key);
	if (place->key != key || now_us - place->last_us > p->forget_us)
		*place = (struct place){ .key = key };
	ready_us = place->last_us + wait_of(p, place->n_attempts);
	if (place->n_attempts == 0 || now_us >= ready_us) {
		place->n_attempts++;
		place->last_us = now_us;
		ready_us = now_us;
	}
	pthread_mutex_unlock(&throttle->lock);
	return ready_us - now_us;
}

void throttle_forgive(struct throttle *throttle, enum throttle_by by,
		      struct bytes subject)
{
	struct place *place;
	uint64_t key;

	if (subject.len == 0)
		return;
	key = hash_subject(throttle, by, subject);
	pthread_mutex_lock(&throttle->lock);
	place = find(throttle, key);
	if (place->key == key && place->n_attempts > 0) {
		if (by == THROTTLE_LOGIN_NAME || place->n_attempts == 1)
			*place = (struct place){ .key = 0 };
		else
			place->n_attempts--;
	}
	pthread_mutex_unlock(&throttle->lock);
}
