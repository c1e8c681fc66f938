/*
 * See session.h.
 */
#define _DEFAULT_SOURCE /* CLOCK_BOOTTIME, getrandom */
#include "session.h"

#include "fail.h"
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define CALL_DEADLINE_MS 60000
/* How long another command of the same device is waited for. */
#define TURN_US	      (INT64_C(5) * 1000000)
#define TURN_PAUSE_NS 20000000L

/* gRPC's statuses that a command tells apart. */
enum {
	GRPC_DEADLINE = 4,
	GRPC_EXHAUSTED = 8,
	GRPC_UNAVAILABLE = 14,
	GRPC_UNAUTHENTICATED = 16,
};

/* Numbers of calls that are the agent's own; the core's are below. */
#define OWN_CALL (UINT64_C(1) << 63)

/* ------------------------------------------------- what the core asks for */

static int64_t clock_us(clockid_t id)
{
	struct timespec now;

	(void)clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t session_now_us(struct session *session)
{
	return session->demo_clock != NULL ? *session->demo_clock
					   : clock_us(CLOCK_REALTIME);
}

static int64_t host_wall_us(void *user)
{
	return session_now_us(user);
}

static int64_t host_mono_us(void *user)
{
	const struct session *session = user;

	/* The demonstration's hours must pass on both clocks. */
	return session->demo_clock != NULL ? *session->demo_clock
					   : clock_us(CLOCK_BOOTTIME);
}

static void host_boot_id(void *user, uint8_t out[16])
{
	const struct session *session = user;

	memcpy(out, session->boot_id, 16);
}

static int host_random(void *user, void *out, size_t len)
{
	uint8_t *at = out;

	(void)user;
	while (len > 0) {
		const size_t part = len < 256 ? len : 256;

		if (getrandom(at, part, 0) != (ssize_t)part)
			return -1;
		at += part;
		len -= part;
	}
	return 0;
}

static void
host_log(void *user, enum outrider_log_level level, const char *text)
{
	const struct session *session = user;

	/* Before the core is open it is our turn that is waited for. What a
	 * person can do something about comes as an error or an event, too. */
	if ((level >= OUTRIDER_LOG_ERROR && session->core != NULL) ||
	    getenv("OUTRIDER_DEBUG") != NULL)
		fprintf(stderr, "outrider: %s\n", text);
}

bool session_connect(struct session *session, struct outrider_err *err)
{
	const struct transport_config config = {
		.address = session->home.address,
		.tls_ca = session->home.tls_ca[0] ? session->home.tls_ca : NULL,
		.is_plaintext = session->home.is_plaintext,
	};

	if (session->transport != NULL)
		return true;
	if (session->home.address[0] == '\0') {
		(void)fail(err, OUTRIDER_FAILED_PRECONDITION,
			   "this device is not enrolled: outrider enroll CODE "
			   "--server HOST:PORT");
		return false;
	}
	return transport_open(&session->transport, &config, err) == OUTRIDER_OK;
}

static void host_send(void *user, uint64_t call, const char *method,
		      const char *token, const uint8_t *request, size_t len)
{
	struct session *session = user;
	const char *name = strrchr(method, '/');
	const bool goes_on = name != NULL && strcmp(name, "/Watch") == 0;

	/* session_connect came before the core could send. */
	if (session->transport != NULL)
		transport_start(session->transport, call, method, token,
				request, len, goes_on ? 0 : CALL_DEADLINE_MS);
}

static void host_cancel(void *user, uint64_t call)
{
	struct session *session = user;

	if (session->transport != NULL)
		transport_cancel(session->transport, call);
}

/* ------------------------------------------------------------------- life */

static void read_boot_id(uint8_t out[16])
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "r");
	char text[64] = "";

	memset(out, 0, 16);
	if (file == NULL)
		return;
	if (fgets(text, sizeof(text), file) != NULL) {
		text[strcspn(text, "\n")] = '\0';
		if (!id_parse(out, text))
			memset(out, 0, 16);
	}
	fclose(file);
}

static bool map_demo_clock(struct session *session)
{
	const char *path = session->options->demo_clock;
	const int file = open(path, O_RDWR | O_CLOEXEC);
	struct stat about;
	void *at = MAP_FAILED;

	if (file >= 0 && fstat(file, &about) == 0 && about.st_size == 8)
		at = mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (file >= 0)
		close(file);
	if (at == MAP_FAILED)
		return false;
	session->demo_clock = at;
	return true;
}

void session_set_clock(struct session *session, int64_t time_us)
{
	if (session->demo_clock != NULL && time_us > *session->demo_clock)
		*session->demo_clock = time_us;
}

static bool is_for_now(enum outrider_code code)
{
	return code == OUTRIDER_UNAVAILABLE ||
	       code == OUTRIDER_DEADLINE_EXCEEDED ||
	       code == OUTRIDER_RESOURCE_EXHAUSTED;
}

int session_fail(const struct outrider_err *err)
{
	/* "is required", and of what. */
	const bool is_subject = err->field[0] != '\0' &&
				strncmp(err->text, "is ", 3) == 0;

	if (is_subject)
		fprintf(stderr, "outrider: %s %s\n", err->field, err->text);
	else
		fprintf(stderr, "outrider: %s%s%s%s\n", err->text,
			err->field[0] ? " (" : "", err->field,
			err->field[0] ? ")" : "");
	return is_for_now(err->code) ? EXIT_NOT_NOW : EXIT_REFUSED;
}

bool session_wake(struct session *session, struct outrider_err *err)
{
	const struct outrider_host host = {
		.size = sizeof(host),
		.user = session,
		.wall_us = host_wall_us,
		.mono_us = host_mono_us,
		.boot_id = host_boot_id,
		.random = host_random,
		.log = host_log,
		.send = host_send,
		.cancel = host_cancel,
	};
	const struct timespec pause = { .tv_nsec = TURN_PAUSE_NS };
	const int64_t until_us = clock_us(CLOCK_MONOTONIC) + TURN_US;

	if (session->core != NULL)
		return true;
	while (outrider_open(&session->core, &host, session->home.core_path,
			     NULL, session->home.keystore,
			     err) == OUTRIDER_UNAVAILABLE &&
	       clock_us(CLOCK_MONOTONIC) < until_us)
		(void)nanosleep(&pause, NULL);
	if (session->core == NULL)
		return false;
	/* A command's cards are open as long as it runs. */
	outrider_set_lock_timeout(session->core, 0);
	return true;
}

bool session_next_event(struct session *session, struct outrider_event *out)
{
	if (!outrider_next_event(session->core, out))
		return false;
	if (out->type == OUTRIDER_EVENT_VAULT_DAMAGED)
		fprintf(stderr, "outrider: %s\n", out->text);
	if (out->type == OUTRIDER_EVENT_OUTBOX_DAMAGED)
		fprintf(stderr,
			"outrider: %llu edit%s not sent and can't be "
			"read any more\n",
			(unsigned long long)out->lost,
			out->lost == 1 ? " was" : "s were");
	return true;
}

static void hear_all(struct session *session)
{
	struct outrider_event event;

	while (session->core != NULL && session_next_event(session, &event))
		continue;
}

void session_rest(struct session *session)
{
	hear_all(session);
	outrider_close(session->core);
	session->core = NULL;
}

int session_open(struct session *session, const struct options *options)
{
	struct outrider_err err;
	int code;

	memset(session, 0, sizeof(*session));
	session->options = options;
	outrider_own_process();
	read_boot_id(session->boot_id);
	if (options->demo_clock != NULL && !map_demo_clock(session)) {
		fprintf(stderr, "outrider: %s is no demonstration clock\n",
			options->demo_clock);
		return 1;
	}
	if (home_open(&session->home, options->home, &err) != OUTRIDER_OK)
		return session_fail(&err);
	if (session_wake(session, &err))
		return 0;
	code = session_fail(&err);
	if (err.code == OUTRIDER_DATA_LOSS)
		fprintf(stderr,
			"outrider: keep %s.db: tools/recover may still read "
			"what was not sent. With\nanother --home this device "
			"is enrolled anew\n",
			session->home.core_path);
	return code;
}

void session_close(struct session *session)
{
	session_rest(session);
	transport_close(session->transport);
	if (session->demo_clock != NULL)
		(void)munmap(session->demo_clock, 8);
	/* Nothing of the key stays in memory. */
	memset(&session->home, 0, sizeof(session->home));
	session->transport = NULL;
}

/* -------------------------------------------------------------------- PIN */

static bool read_pin_line(FILE *file, char out[65])
{
	if (fgets(out, 65, file) == NULL)
		return false;
	out[strcspn(out, "\r\n")] = '\0';
	return out[0] != '\0';
}

/* What ends the program while it asks; 0: nothing. */
static volatile sig_atomic_t asked_to_end;

static void on_end(int signal)
{
	asked_to_end = signal;
}

/* A line that isn't shown. Who breaks it off gets their terminal back as it
 * was. */
static bool read_quietly(FILE *tty, const struct termios *was, char out[65])
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
	enum { N_ENDS = sizeof(ends) / sizeof(ends[0]) };
	/* Without SA_RESTART: the reading ends. */
	const struct sigaction action = { .sa_handler = on_end };
	struct sigaction before[N_ENDS];
	struct termios quiet = *was;
	bool is_read;

	asked_to_end = 0;
	for (size_t i = 0; i < N_ENDS; i++)
		(void)sigaction(ends[i], &action, &before[i]);
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	(void)tcsetattr(fileno(tty), TCSANOW, &quiet);
	is_read = read_pin_line(tty, out);
	(void)tcsetattr(fileno(tty), TCSANOW, was);
	for (size_t i = 0; i < N_ENDS; i++)
		(void)sigaction(ends[i], &before[i], NULL);
	fputc('\n', tty);
	if (asked_to_end != 0) {
		fflush(tty);
		(void)raise(asked_to_end);
	}
	return is_read;
}

static bool ask_for_pin(const char *question, char out[65])
{
	FILE *tty = fopen("/dev/tty", "r+");
	struct termios was;
	bool is_read;

	if (tty == NULL)
		return false;
	fprintf(tty, "%s: ", question);
	fflush(tty);
	if (tcgetattr(fileno(tty), &was) != 0) {
		fclose(tty);
		return false;
	}
	is_read = read_quietly(tty, &was, out);
	fclose(tty);
	return is_read;
}

/* A file that was named and has none is a mistake, whatever is asked for. */
static bool read_pin_file(const char *path, char out[65])
{
	FILE *file = fopen(path, "r");
	const bool is_read = file != NULL && read_pin_line(file, out);

	if (file == NULL)
		fprintf(stderr, "outrider: no PIN: %s can't be read: %s\n",
			path, strerror(errno));
	else if (!is_read)
		fprintf(stderr, "outrider: no PIN: %s is empty\n", path);
	if (file != NULL)
		fclose(file);
	return is_read;
}

static bool is_same_again(const char *pin)
{
	char again[65] = "";
	const bool is_same = ask_for_pin("The same again", again) &&
			     strcmp(pin, again) == 0;

	memset(again, 0, sizeof(again));
	if (!is_same)
		fputs("outrider: that was not the same twice\n", stderr);
	return is_same;
}

bool session_read_pin(struct session *session, char out[65], enum pin_ask ask)
{
	const char *from_env = getenv("OUTRIDER_PIN");
	bool is_read;

	memset(out, 0, 65);
	if (session->options->pin_file != NULL)
		return read_pin_file(session->options->pin_file, out);
	if (from_env != NULL && from_env[0] != '\0') {
		snprintf(out, 65, "%s", from_env);
		return true;
	}
	is_read = ask_for_pin(
		ask == PIN_NEW ? "New PIN (4 to 64 characters)" : "PIN", out);
	if (!is_read && ask != PIN_IF_GIVEN)
		fputs("outrider: no PIN: give --pin-file, set OUTRIDER_PIN or "
		      "use a terminal\n",
		      stderr);
	return is_read && (ask != PIN_NEW || is_same_again(out));
}

bool session_read_new_pin(char out[65], const char *file)
{
	memset(out, 0, 65);
	if (file != NULL)
		return read_pin_file(file, out);
	if (ask_for_pin("New PIN (4 to 64 characters)", out))
		return is_same_again(out);
	fputs("outrider: no new PIN: give --new-pin-file or use a terminal\n",
	      stderr);
	return false;
}

void session_settle(struct session *session)
{
	struct outrider_err err;
	int64_t next_us = 0;

	while (next_us <= session_now_us(session) + 1)
		if (outrider_step(session->core, &next_us, &err) != OUTRIDER_OK)
			break;
}

int session_unlock(struct session *session)
{
	struct outrider_err err;
	enum outrider_code code;
	char pin[65];

	if (!session_read_pin(session, pin, PIN_WANTED))
		return EXIT_REFUSED;
	code = outrider_unlock(session->core, pin, &err);
	memset(pin, 0, sizeof(pin));
	hear_all(session);
	return code == OUTRIDER_OK ? 0 : session_fail(&err);
}

/* ------------------------------------------------------------------ calls */

/* Passes one piece of news to the core. */
static void deliver(struct session *session, enum transport_event event,
		    const struct transport_news *news)
{
	struct outrider_err err;

	if (event == TRANSPORT_MESSAGE) {
		/* The core gives the call up by itself where this fails. */
		if (outrider_received(session->core, news->id, news->message,
				      news->len, &err) != OUTRIDER_OK)
			host_log(session, OUTRIDER_LOG_ERROR, err.text);
	} else {
		outrider_ended(session->core, news->id, news->grpc_status,
			       news->text);
	}
}

void session_pump(struct session *session, int timeout_ms, int64_t *next_us)
{
	struct transport_news news;
	struct outrider_err err;
	enum transport_event event;
	int64_t next;

	while (session->transport != NULL) {
		event = transport_poll(session->transport, &news, timeout_ms);
		if (event == TRANSPORT_NOTHING)
			break;
		deliver(session, event, &news);
		timeout_ms = 0;
	}
	if (outrider_step(session->core, &next, &err) != OUTRIDER_OK)
		host_log(session, OUTRIDER_LOG_ERROR, err.text);
	else if (next_us != NULL)
		*next_us = next;
}

void session_fail_call(const struct session *session, struct outrider_err *err,
		       enum outrider_code code, const char *text)
{
	const char *address = session->home.address;

	/* At rest it is enrolled: what it asks it asks by its token. */
	if (code == OUTRIDER_UNAUTHENTICATED &&
	    (session->core == NULL ||
	     outrider_device_token(session->core) != NULL))
		(void)fail(err, code,
			   "the server knows this device no longer: it was "
			   "withdrawn, or its user is gone");
	else if (code == OUTRIDER_UNAVAILABLE &&
		 strstr(text, "andshake") != NULL)
		(void)fail(err, code,
			   "%s shows no certificate that is trusted here; "
			   "enrol with --tls-ca FILE",
			   address);
	else if (code == OUTRIDER_UNAVAILABLE && strstr(text, "DNS"))
		(void)fail(err, code,
			   "the server at %s can't be reached: nobody knows "
			   "that name",
			   address);
	else if (code == OUTRIDER_UNAVAILABLE && strstr(text, "connect"))
		(void)fail(err, code, "the server at %s can't be reached",
			   address);
	else
		(void)fail(err, code, "%s", text);
}

bool session_finish(struct session *session, session_event_fn *on_event,
		    void *user, struct outrider_err *err)
{
	struct outrider_event event;

	for (;;) {
		while (session_next_event(session, &event)) {
			if (on_event != NULL)
				on_event(user, &event);
			if (event.type == OUTRIDER_EVENT_SYNC_DONE ||
			    event.type == OUTRIDER_EVENT_WIPED ||
			    event.type == OUTRIDER_EVENT_ENROLLED)
				return true;
			if (event.type == OUTRIDER_EVENT_SYNC_FAILED ||
			    event.type == OUTRIDER_EVENT_ENROLL_FAILED) {
				session_fail_call(session, err, event.code,
						  event.text);
				return false;
			}
		}
		session_pump(session, 100, NULL);
	}
}

bool session_sync(struct session *session, session_event_fn *on_event,
		  void *user, struct outrider_err *err)
{
	int64_t next_us;

	/* A meeting that ended meanwhile ends now, and its evidence goes with
	 * this sync, not with the next. */
	return session_connect(session, err) &&
	       outrider_step(session->core, &next_us, err) == OUTRIDER_OK &&
	       outrider_sync(session->core, err) == OUTRIDER_OK &&
	       session_finish(session, on_event, user, err);
}

/* Awaits the end of our own call; what is the core's goes to the core. */
static void await_end(struct session *session, struct transport_news *news,
		      session_answer_fn *callback, void *user)
{
	enum transport_event event = TRANSPORT_NOTHING;

	while (event != TRANSPORT_END || news->id != OWN_CALL) {
		event = transport_poll(session->transport, news, 1000);
		if (event == TRANSPORT_NOTHING)
			continue;
		if (news->id != OWN_CALL && session->core != NULL)
			deliver(session, event, news);
		else if (event == TRANSPORT_MESSAGE &&
			 !callback(user, news->message, news->len))
			transport_cancel(session->transport, OWN_CALL);
	}
}

/* Of those that a command tells apart. */
static enum outrider_code code_of_status(int grpc_status)
{
	return grpc_status == 0			 ? OUTRIDER_OK
	       : grpc_status == GRPC_DEADLINE	 ? OUTRIDER_DEADLINE_EXCEEDED
	       : grpc_status == GRPC_EXHAUSTED	 ? OUTRIDER_RESOURCE_EXHAUSTED
	       : grpc_status == GRPC_UNAVAILABLE ? OUTRIDER_UNAVAILABLE
	       : grpc_status == GRPC_UNAUTHENTICATED ? OUTRIDER_UNAUTHENTICATED
						     : OUTRIDER_UNKNOWN;
}

int session_call(struct session *session, const struct session_request *request,
		 session_answer_fn *callback, void *user,
		 struct outrider_err *err)
{
	struct transport_news news;

	if (!session_connect(session, err))
		return -1;
	transport_start(session->transport, OWN_CALL, request->method,
			request->token, request->bytes, request->len,
			request->deadline_ms);
	await_end(session, &news, callback, user);
	/* Who signs in by a password is refused in the server's words. */
	if (news.grpc_status == GRPC_UNAUTHENTICATED &&
	    (request->token == NULL || request->token[0] == '\0'))
		(void)fail(err, OUTRIDER_UNAUTHENTICATED, "%s", news.text);
	else
		session_fail_call(session, err,
				  code_of_status(news.grpc_status), news.text);
	return news.grpc_status;
}
