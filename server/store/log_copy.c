/*
 * The log is copied beside the writer: owns how long the log grows and who
 * copies it into the database when. How it is copied is the backend's.
 *
 * To copy a long log takes as long as dozens of commits. So it is done by a
 * thread with a connection of its own, the copier; best when nobody writes, so
 * that a burst of writes never meets it. While it copies beside writes the log
 * grows on, and it begins anew only once every page is copied; so the writer,
 * between two groups, copies what came meanwhile.
 *
 *	resting   -- some -->                     watching
 *	resting   -- much -->                     copying
 *	watching  -- nobody writes, or much -->   copying
 *	watching  -- the writer copies -->        resting
 *	copying   -- done, or failed -->          resting
 *
 *	pages of the log, after each commit
 *
 *	some                    the copier watches until nobody writes
 *	much, and most of it    the copier copies now, the writer goes on
 *	isn't copied
 *	much, and no more than  the writer copies that: the next commit begins
 *	a quarter isn't copied  the log anew, unless somebody reads from it
 *	too much                the writer waits for the copier, then a moment
 *	                        for those who read, and copies what there is
 *
 * Without a copier (inline) the writer copies all of it itself. A copy that
 * couldn't be made, or not to the end because somebody reads old pages, is
 * tried again when as much has come again: the log is whole still.
 */
#include "store/parts.h"

/*
 * Marks, in pages: some, much, too much. Readers that overlap without a pause
 * would keep the log from ever beginning anew; they are waited for a moment
 * only, because a single long reader must not stop writes.
 */
#define LOG_PAGES_WATCH 1024
#define LOG_PAGES_COPY	3072
#define LOG_PAGES_WAIT	8192

/* Locked. */
static void begin_anew(struct log_copy *log)
{
	log->n_logs++;
	log->copied = 0;
	log->next_watch = LOG_PAGES_WATCH;
	log->next_copy = LOG_PAGES_COPY;
	log->next_wait = LOG_PAGES_WAIT;
}

/* What came of a copy of the log that was the n-th. Locked. */
static void note(struct store *store, const struct store_conn *conn,
		 enum backend_result result, unsigned n_logs,
		 const struct backend_log *is)
{
	struct log_copy *log = &store->log;

	/* That another one is in the way isn't worth a line. */
	if (result != log->told && result != BACKEND_BUSY) {
		log->told = result;
		if (result == BACKEND_DONE)
			context_log(store->context, LOG_LEVEL_INFO,
				    "store.log_copied", "pages=%d", is->pages);
		else
			conn_log(conn, LOG_LEVEL_WARNING,
				 "store.log_not_copied", result);
	}
	if (n_logs == log->n_logs && is->copied > log->copied)
		log->copied = is->copied;
}

/* ----------------------------------------------------------------- copier */

/* Until it is to copy; false: it is to end. Locked. */
static bool wait_for_work(struct log_copy *log)
{
	while (log->copier != COPIER_COPIES && !log->is_closing) {
		unsigned n_commits = log->n_commits;
		if (log->copier == COPIER_RESTS)
			pthread_cond_wait(&log->work, &log->lock);
		else if (writer_wait_quiet(&log->work, &log->lock) &&
			 log->copier == COPIER_WATCHES &&
			 log->n_commits == n_commits)
			log->copier = COPIER_COPIES;
	}
	return log->copier == COPIER_COPIES;
}

static void *copier_main(void *user)
{
	struct store *store = user;
	struct log_copy *log = &store->log;
	struct backend_log is;

	pthread_mutex_lock(&log->lock);
	while (wait_for_work(log)) {
		unsigned n_logs = log->n_logs;
		pthread_mutex_unlock(&log->lock);
		enum backend_result result = store->backend->copy_log(
			log->conn->db, &is, BACKEND_COPY_BESIDE);
		pthread_mutex_lock(&log->lock);
		note(store, log->conn, result, n_logs, &is);
		/* All that there was, and more came: the writer looks. */
		if (result == BACKEND_DONE && is.copied == is.pages &&
		    n_logs == log->n_logs && log->pages > is.pages)
			log->next_copy = 0;
		log->copier = COPIER_RESTS;
		pthread_cond_signal(&log->rest);
	}
	pthread_mutex_unlock(&log->lock);
	return NULL;
}

/* ----------------------------------------------------------------- writer */

/* Two can't copy at once: waits for the copier. */
static void copy_here(struct store *store, enum backend_copy how)
{
	struct log_copy *log = &store->log;
	struct backend_log is;

	pthread_mutex_lock(&log->lock);
	while (log->copier == COPIER_COPIES)
		pthread_cond_wait(&log->rest, &log->lock);
	log->copier = COPIER_RESTS;
	pthread_mutex_unlock(&log->lock);
	enum backend_result result =
		store->backend->copy_log(store->writer->db, &is, how);
	pthread_mutex_lock(&log->lock);
	note(store, store->writer, result, log->n_logs, &is);
	log->next_watch = log->pages + LOG_PAGES_WATCH;
	log->next_copy = log->pages + LOG_PAGES_COPY;
	pthread_mutex_unlock(&log->lock);
}

static void ask_copier(struct log_copy *log, enum copier_state state)
{
	log->copier = state;
	log->next_watch = log->pages + LOG_PAGES_WATCH;
	if (state == COPIER_COPIES)
		log->next_copy = log->pages + LOG_PAGES_COPY;
	pthread_cond_signal(&log->work);
}

/* True: the writer copies, and how. Locked. */
static bool is_for_writer(enum backend_copy *how, struct log_copy *log)
{
	*how = BACKEND_COPY_BESIDE;
	if (log->pages >= log->next_wait) {
		log->next_wait = log->pages + LOG_PAGES_WAIT;
		*how = BACKEND_COPY_ANEW;
		return true;
	}
	if (log->copier == COPIER_COPIES)
		return false;
	if (log->pages >= log->next_copy) {
		if (!log->has_thread ||
		    log->pages - log->copied <= log->pages / 4)
			return true;
		ask_copier(log, COPIER_COPIES);
	} else if (log->has_thread && log->copier == COPIER_RESTS &&
		   log->pages >= log->next_watch) {
		ask_copier(log, COPIER_WATCHES);
	}
	return false;
}

void log_copy_settle(struct store *store)
{
	struct log_copy *log = &store->log;
	int pages = store->backend->log_pages(store->writer->db);
	enum backend_copy how;

	pthread_mutex_lock(&log->lock);
	if (pages < log->pages)
		begin_anew(log);
	log->pages = pages;
	log->n_commits++;
	bool is_mine = is_for_writer(&how, log);
	pthread_mutex_unlock(&log->lock);
	if (is_mine)
		copy_here(store, how);
}

void log_copy_cut(struct store *store)
{
	copy_here(store, BACKEND_COPY_CUT);
}

/* ------------------------------------------------------------------- life */

void log_copy_init(struct log_copy *log)
{
	pthread_mutex_init(&log->lock, NULL);
	pthread_cond_init(&log->work, NULL);
	pthread_cond_init(&log->rest, NULL);
	begin_anew(log);
}

enum outrider_code log_copy_start(struct store *store, struct outrider_err *err)
{
	struct log_copy *log = &store->log;
	enum outrider_code code =
		conn_open(&log->conn, store, BACKEND_READ, err);

	if (code != OUTRIDER_OK)
		return code;
	if (pthread_create(&log->thread, NULL, copier_main, store) != 0)
		return err_set(err, OUTRIDER_RESOURCE_EXHAUSTED, NULL,
			       "there is no room for another thread");
	log->has_thread = true;
	return OUTRIDER_OK;
}

void log_copy_stop(struct store *store)
{
	struct log_copy *log = &store->log;

	pthread_mutex_lock(&log->lock);
	log->is_closing = true;
	pthread_cond_signal(&log->work);
	pthread_mutex_unlock(&log->lock);
	if (log->has_thread)
		pthread_join(log->thread, NULL);
	conn_close(log->conn);
	pthread_cond_destroy(&log->rest);
	pthread_cond_destroy(&log->work);
	pthread_mutex_destroy(&log->lock);
}
