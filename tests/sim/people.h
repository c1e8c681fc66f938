/*
 * Who works in the simulated firm: two teams below the root, people with a
 * phone each, the last of them the manager of the first team.
 */
#ifndef SIM_PEOPLE_H
#define SIM_PEOPLE_H

#include "world.h"

#include <google/protobuf/field_mask.pb-c.h>
#include <protobuf-c/protobuf-c.h>

bool people_found_teams(struct world *world);
bool people_found_roles(struct world *world);
/* Makes the phone's user at the server. */
bool people_hire(struct phone *phone);

/* The administrator's calls. Returns the gRPC status. */
int people_call(struct world *world, const char *path,
		const ProtobufCMessage *request, struct buffer *reply);
/* The user of a phone works in another team from now on. */
int people_move(struct phone *phone, const struct uuid *team);
/* NULL: none. */
int people_give_role(struct phone *phone, const struct uuid *role);
/* It hides other fields from now on: a bit for each that may be hidden. */
int people_change_role(struct world *world, size_t role, uint64_t hides);
int people_set_disabled(struct phone *phone, bool is_disabled);
/* A code to enrol the phone with; false where the server can't. */
bool people_make_code(struct phone *phone, char code[40]);
int people_withdraw(struct world *world, const struct uuid *device);
int people_order_wipe(struct world *world, const struct uuid *device);

#endif
