/*
 * The device that a person means. The phone knows no devices but its own: the
 * server is asked for those of each user that one may ask about.
 */
#ifndef AGENT_DEVICES_H
#define AGENT_DEVICES_H

#include "session.h"

#define DEVICE_WORDS_MAX 480

struct device_found {
	char id[37];
	char name[200];		     /* tamed, as the user's is */
	char user[200], user_id[37]; /* "": only the id is known */
	int64_t enrolled_us;
};

/*
 * Finds the one device that text names, by the rule of resolve.h, among those
 * of a user (NULL: of everybody on this phone). Of several the ones that are
 * still in use are meant. A whole id is taken though nobody lists it.
 *
 * Returns an exit code; where it isn't 0 it was said why, with the candidates.
 * The cards are open.
 */
int devices_find(struct session *session, struct device_found *out,
		 const char *user, const char *text);
/* "Tablet (5e30976d) of Paul, enrolled Mon 23 Nov 08:00" */
void devices_words(char out[DEVICE_WORDS_MAX],
		   const struct device_found *device);

#endif
