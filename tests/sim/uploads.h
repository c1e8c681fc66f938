/*
 * Uploads that were begun and left. A phone that is wiped or put back leaves
 * one now and then; here they come by the dozen, at the worst moment.
 */
#ifndef SIM_UPLOADS_H
#define SIM_UPLOADS_H

#include "world.h"

/*
 * Whoever has a file to send has as many unfinished uploads as a caller may
 * have, a chunk of each, and a while has passed: the file must go out all the
 * same. For a phone that can call the server.
 */
void uploads_leave_many(struct phone *phone);

#endif
