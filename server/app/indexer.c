/*
 * One chunk a write, as long as enough is left:
 *
 *	idle --told of many changes, or asked--> chunk --done--> chunk ... idle
 *
 * Few changes are left lying until they are many or somebody searches: each
 * chunk is one more commit, which the next writer waits for. So it also gives
 * way to who is writing, until too many lie. How far the index has come stands
 * in the database; here it is only remembered.
 */
#include "app/indexer.h"

#include "app/parts.h"

#include <stdlib.h>

enum {
	/* Changes that are worth a commit of their own; at most a chunk. */
	CHUNK = 64,
	/* So far behind it gives way to nobody any more. */
	HURRY = 2048,
	INDEXER_MEMORY = 16 << 20,
};

struct indexer {
	struct app *app;
	struct arena arena; /* a chunk's */
	struct store_write write;
	/* The writer's alone: what a chunk comes to if it commits. */
	uint64_t next_reached;
	bool is_behind;
	_Atomic(uint64_t) reached, told;
	struct search_known known;
	atomic_bool is_wanted;	/* index the few, too */
	atomic_bool is_running; /* a chunk is with the writer */
};

/* On the writer; may run more than once. */
static enum outrider_code
run_chunk(void *user, struct store_conn *tx, struct outrider_err *err)
{
	struct indexer *ix = user;

	arena_reset(&ix->arena);
	return store_search_index(tx, &ix->next_reached, &ix->is_behind,
				  &ix->known, CHUNK, &ix->arena, err);
}

static bool has_work(struct indexer *ix)
{
	return atomic_load(&ix->is_wanted) ||
	       atomic_load(&ix->told) >= atomic_load(&ix->reached) + CHUNK;
}

static void start(struct indexer *ix);

static void chunk_done(void *user, struct store_write *write)
{
	struct indexer *ix = user;
	bool is_done = write->code == OUTRIDER_OK;

	arena_reset(&ix->arena);
	if (is_done) {
		atomic_store(&ix->reached, ix->next_reached);
		/* Until none is left: then it is as far as the log was. */
		if (ix->is_behind)
			atomic_store(&ix->is_wanted, true);
	} else {
		/* Goes on after some later commit. */
		context_log(ix->app->context, LOG_LEVEL_WARNING,
			    "app.index_failed", "code=%s",
			    code_name(write->code));
		atomic_store(&ix->is_wanted, true);
	}
	atomic_store(&ix->is_running, false);
	if (is_done)
		start(ix);
}

/* A store that is closing refuses: that is the end. */
static void start(struct indexer *ix)
{
	struct outrider_err err;

	if (!has_work(ix) || atomic_exchange(&ix->is_running, true))
		return;
	atomic_store(&ix->is_wanted, false);
	ix->write = (struct store_write){
		.run = run_chunk,
		.done = chunk_done,
		.user = ix,
		.is_patient = atomic_load(&ix->told) <
			      atomic_load(&ix->reached) + HURRY,
	};
	if (store_submit(ix->app->store, &ix->write, &err) == OUTRIDER_OK)
		return;
	atomic_store(&ix->is_wanted, true);
	atomic_store(&ix->is_running, false);
}

void indexer_tell(struct indexer *ix, uint64_t rev)
{
	if (rev > atomic_load(&ix->told))
		atomic_store(&ix->told, rev);
	start(ix);
}

void indexer_go_on(struct indexer *ix)
{
	atomic_store(&ix->is_wanted, true);
	start(ix);
}

struct indexer *indexer_open(struct app *app)
{
	struct indexer *ix = calloc(1, sizeof(*ix));

	if (!ix)
		return NULL;
	ix->app = app;
	arena_init(&ix->arena, &allocator_libc, INDEXER_MEMORY);
	return ix;
}

void indexer_close(struct indexer *ix)
{
	if (!ix)
		return;
	arena_free(&ix->arena);
	free(ix);
}
