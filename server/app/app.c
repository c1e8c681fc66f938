/*
 * The app as a whole: its parts, opened and closed in order, the defaults of
 * its configuration, and the workers that calls run on. Knows no call.
 */
#include "app/alarms.h"
#include "app/forgetter.h"
#include "app/indexer.h"
#include "app/moves.h"
#include "app/news.h"
#include "app/parts.h"
#include "app/people.h"
#include "app/silence.h"
#include "app/throttle.h"
#include "app/uploads_sweep.h"

#include <sodium.h>
#include <stdlib.h>

enum { CALL_MEMORY = 8 << 20 };

#define HOUR_US		 (INT64_C(3600) * 1000000)
#define KEEP_EVIDENCE_US (INT64_C(60) * 24 * HOUR_US)
#define KEEP_REMOVED_US	 (INT64_C(90) * 24 * HOUR_US)

static void fill_in(struct app_config *config)
{
	if (config->call_memory == 0)
		config->call_memory = CALL_MEMORY;
	if (config->token_life_us == 0)
		config->token_life_us = 12 * HOUR_US;
	if (config->code_life_us == 0)
		config->code_life_us = 24 * HOUR_US;
	if (config->password_memory == 0)
		config->password_memory = 64 << 20;
	if (config->password_passes == 0)
		config->password_passes = 3;
	if (config->keep_evidence_us == 0)
		config->keep_evidence_us = KEEP_EVIDENCE_US;
	if (config->keep_removed_us == 0)
		config->keep_removed_us = KEEP_REMOVED_US;
}

static bool open_parts(struct app *app)
{
	app->throttle = throttle_open(app->context);
	app->moves = moves_open(app);
	app->news = news_open();
	app->position_news = news_open();
	app->alarms = alarms_open();
	app->indexer = indexer_open(app);
	app->uploads_sweep = uploads_sweep_open(app);
	app->forgetter = forgetter_open(app);
	app->silence = silence_open(app);
	return app->throttle && app->moves && app->news && app->position_news &&
	       app->alarms && app->indexer && app->uploads_sweep &&
	       app->forgetter && app->silence;
}

enum outrider_code app_open(struct app **out, const struct app_config *config,
			    struct outrider_err *err)
{
	struct app *app;

	*out = NULL;
	if (sodium_init() < 0)
		return err_set(err, OUTRIDER_INTERNAL, NULL,
			       "the crypto library can't start");
	app = calloc(1, sizeof(*app));
	if (!app)
		return err_no_memory(err);
	app->config = *config;
	fill_in(&app->config);
	app->context = config->context;
	app->store = config->store;
	pthread_mutex_init(&app->news_lock, NULL);
	if (!open_parts(app)) {
		app_close(app);
		return err_no_memory(err);
	}
	*out = app;
	return OUTRIDER_OK;
}

void app_close(struct app *app)
{
	if (!app)
		return;
	silence_close(app->silence);
	forgetter_close(app->forgetter);
	uploads_sweep_close(app->uploads_sweep);
	indexer_close(app->indexer);
	alarms_close(app->alarms);
	news_close(app->position_news);
	news_close(app->news);
	moves_close(app->moves);
	throttle_close(app->throttle);
	pthread_mutex_destroy(&app->news_lock);
	free(app);
}

/* ----------------------------------------------------------------- workers */

enum outrider_code app_worker_open(struct app_worker **out, struct app *app,
				   struct outrider_err *err)
{
	struct app_worker *worker = calloc(1, sizeof(*worker));
	enum outrider_code code = OUTRIDER_RESOURCE_EXHAUSTED;

	*out = NULL;
	if (worker) {
		worker->app = app;
		worker->people = people_open(&app->people_rev);
	}
	if (worker && worker->people)
		code = store_reader_open(&worker->conn, app->store, err);
	else
		err_set(err, code, NULL, "out of memory");
	if (code != OUTRIDER_OK) {
		app_worker_close(worker);
		return code;
	}
	/* Somebody serves: what an earlier life left undone goes on. */
	moves_go_on(app->moves);
	indexer_go_on(app->indexer);
	uploads_sweep_go_on(app->uploads_sweep);
	forgetter_go_on(app->forgetter);
	*out = worker;
	return OUTRIDER_OK;
}

void app_worker_close(struct app_worker *worker)
{
	if (!worker)
		return;
	people_close(worker->people);
	store_reader_close(worker->conn);
	free(worker);
}

enum outrider_code app_open_long_reads(struct app *app, unsigned n_threads,
				       struct outrider_err *err)
{
	return long_reads_open(&app->long_reads, app, n_threads, err);
}

void app_close_long_reads(struct app *app)
{
	if (!app)
		return;
	long_reads_close(app->long_reads);
	app->long_reads = NULL;
}
