/*
 * Who works in the simulated firm.
 */
#ifndef SIM_PEOPLE_H
#define SIM_PEOPLE_H

#include "world.h"

/* Makes the phone's user at the server and enrols the phone. */
bool people_hire(struct phone *phone);

#endif
