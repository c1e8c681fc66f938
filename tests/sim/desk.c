/*
 * The desk of the simulated firm: what an administrator changes by the
 * standard methods, while the phones are wherever they are. Cards are edited,
 * given to others, deleted and brought back; people take part in meetings or
 * don't, change teams, and are locked out for a while.
 */
#include "desk.h"

#include "app/kinds.h"
#include "customs.h"
#include "people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "outrider/v1/attachment.pb-c.h"
#include "outrider/v1/meeting.pb-c.h"

/* Changes that the desk has before it, and how many it looks at. */
#define LATELY	300
#define GLANCES 12

/* A choice of one record, made at the desk. */
struct folder {
	char id[40];
	bool is_deleted;
};

static void note_act(struct world *world, int status)
{
	world->n_desk_acts++;
	world->n_desk_refusals += status != 0;
	if (status != 0)
		world_say(world, "refused (%d)", status);
}

static struct phone *some_phone(struct world *world)
{
	return &world->phones[dice_below(&world->dice, world->n_phones)];
}

static void some_user(struct world *world, char out[UUID_TEXT_LEN + 1])
{
	uuid_format(out, &some_phone(world)->user);
}

static void some_text(struct world *world, char out[40])
{
	snprintf(out, 40, "desk %016llx",
		 (unsigned long long)dice_throw(&world->dice));
}

/* One of those that were changed lately, by anybody: a firm works on what is
 * on its desk, and what is old costs the simulation nothing. */
static bool choose_lately(struct world *world, struct uuid *out, uint32_t kind,
			  uint64_t newest, struct arena *arena)
{
	const uint64_t n = newest < LATELY ? newest : LATELY;
	struct change change = { .kind = 0 };

	for (int i = 0; i < GLANCES && change.kind != kind; i++) {
		const uint64_t rev = newest - dice_below(&world->dice, n);

		if (store_change(world->reader, &change, rev, arena, NULL) !=
		    OUTRIDER_OK)
			world_break(world, "8: revision %llu is missing",
				    (unsigned long long)rev);
	}
	*out = change.id;
	return change.kind == kind;
}

/* Or what a rep is working on: customers call both. */
static bool choose(struct phone *phone, struct folder *out, uint32_t kind)
{
	struct world *world = phone->world;
	struct store_conn *conn = server_reader(world);
	struct uuid id = phone->opened[kind == KIND_CONTACT   ? 0
				       : kind == KIND_MEETING ? 1
							      : 3];
	struct arena arena;
	struct row *row;
	uint64_t newest;
	bool is_chosen;

	arena_init(&arena, &allocator_libc, (size_t)1024 * 1024);
	if (store_read_begin(conn, &newest, NULL) != OUTRIDER_OK)
		abort();
	is_chosen = dice_one_in(&world->dice, 3) ||
		    choose_lately(world, &id, kind, newest, &arena);
	/* Of a card that the server hasn't got yet it knows nothing. */
	is_chosen = is_chosen && store_get(conn, &row, schema_entity(kind), &id,
					   &arena, NULL) == OUTRIDER_OK;
	if (is_chosen) {
		uuid_format(out->id, &id);
		out->is_deleted = row->deleted_us != 0;
	}
	store_read_end(conn);
	arena_free(&arena);
	return is_chosen;
}

/* ---------------------------------------------------------------- contacts */

void desk_new_contact(struct phone *phone)
{
	struct world *world = phone->world;
	Outrider__V1__CreateContactRequest request =
		OUTRIDER__V1__CREATE_CONTACT_REQUEST__INIT;
	Outrider__V1__Contact contact = OUTRIDER__V1__CONTACT__INIT;
	char name[40], owner[UUID_TEXT_LEN + 1];
	struct buffer reply;
	int status;

	some_text(world, name);
	some_user(world, owner);
	contact.family_name = name;
	contact.owner_id = owner;
	request.contact = &contact;
	status = people_call(world, "/outrider.v1.ContactService/CreateContact",
			     &request.base, &reply);
	buffer_free(&reply);
	note_act(world, status);
}

static int update_contact(struct world *world, struct folder *folder)
{
	Outrider__V1__UpdateContactRequest request =
		OUTRIDER__V1__UPDATE_CONTACT_REQUEST__INIT;
	Outrider__V1__Contact contact = OUTRIDER__V1__CONTACT__INIT;
	char value[40], owner[UUID_TEXT_LEN + 1];
	struct buffer reply;
	int status;

	some_text(world, value);
	some_user(world, owner);
	contact.id = folder->id;
	request.contact = &contact;
	switch (dice_below(&world->dice, 5)) {
	case 0:
	case 1: /* somebody else's customer from now on: scopes change */
		contact.owner_id = owner;
		break;
	case 2:
		contact.position = value;
		break;
	default:
		contact.address = value;
		break;
	}
	status = people_call(world, "/outrider.v1.ContactService/UpdateContact",
			     &request.base, &reply);
	buffer_free(&reply);
	return status;
}

static int delete_contact(struct world *world, struct folder *folder)
{
	Outrider__V1__DeleteContactRequest request =
		OUTRIDER__V1__DELETE_CONTACT_REQUEST__INIT;
	struct buffer reply;
	int status;

	request.id = folder->id;
	status = people_call(world, "/outrider.v1.ContactService/DeleteContact",
			     &request.base, &reply);
	buffer_free(&reply);
	return status;
}

static int undelete_contact(struct world *world, struct folder *folder)
{
	Outrider__V1__UndeleteContactRequest request =
		OUTRIDER__V1__UNDELETE_CONTACT_REQUEST__INIT;
	struct buffer reply;
	int status;

	request.id = folder->id;
	status = people_call(world,
			     "/outrider.v1.ContactService/UndeleteContact",
			     &request.base, &reply);
	buffer_free(&reply);
	return status;
}

void desk_change_contact(struct phone *phone)
{
	struct world *world = phone->world;
	struct folder folder;

	if (!choose(phone, &folder, KIND_CONTACT))
		return;
	if (folder.is_deleted) {
		if (dice_one_in(&world->dice, 3))
			note_act(world, undelete_contact(world, &folder));
		return;
	}
	note_act(world, dice_one_in(&world->dice, 10)
				? delete_contact(world, &folder)
				: update_contact(world, &folder));
}

static Outrider__V1__Contact *
get_contact(struct world *world, struct folder *folder)
{
	Outrider__V1__GetContactRequest request =
		OUTRIDER__V1__GET_CONTACT_REQUEST__INIT;
	Outrider__V1__Contact *contact = NULL;
	struct buffer reply;

	request.id = folder->id;
	if (people_call(world, "/outrider.v1.ContactService/GetContact",
			&request.base, &reply) == 0)
		contact = outrider__v1__contact__unpack(NULL, reply.len,
							reply.at);
	buffer_free(&reply);
	return contact;
}

static int send_customs(struct world *world, struct folder *folder,
			const Outrider__V1__Contact *contact)
{
	Outrider__V1__UpdateContactRequest request =
		OUTRIDER__V1__UPDATE_CONTACT_REQUEST__INIT;
	Outrider__V1__Contact changed = OUTRIDER__V1__CONTACT__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	char *path = (char[]){ "custom" };
	struct custom_draft draft;
	struct buffer reply;
	int status;

	customs_draft(&draft, world, contact);
	changed.id = folder->id;
	changed.n_custom = draft.n;
	changed.custom = draft.list;
	mask.n_paths = 1;
	mask.paths = &path;
	request.contact = &changed;
	request.update_mask = &mask;
	status = people_call(world, "/outrider.v1.ContactService/UpdateContact",
			     &request.base, &reply);
	buffer_free(&reply);
	return status;
}

void desk_change_customs(struct phone *phone)
{
	struct world *world = phone->world;
	Outrider__V1__Contact *contact;
	struct folder folder;

	if (!choose(phone, &folder, KIND_CONTACT))
		return;
	contact = get_contact(world, &folder);
	if (contact == NULL)
		return;
	note_act(world, send_customs(world, &folder, contact));
	outrider__v1__contact__free_unpacked(contact, NULL);
}

/* ---------------------------------------------------------------- meetings */

static int
update_meeting(struct world *world, Outrider__V1__Meeting *meeting, char *field)
{
	Outrider__V1__UpdateMeetingRequest request =
		OUTRIDER__V1__UPDATE_MEETING_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	struct buffer reply;
	int status;

	mask.n_paths = 1;
	mask.paths = &field;
	request.meeting = meeting;
	request.update_mask = &mask;
	status = people_call(world, "/outrider.v1.MeetingService/UpdateMeeting",
			     &request.base, &reply);
	buffer_free(&reply);
	return status;
}

/* Who takes part: some of the people. */
static int invite(struct world *world, Outrider__V1__Meeting *meeting)
{
	char ids[PHONES_MAX][UUID_TEXT_LEN + 1];
	char *participants[PHONES_MAX];

	meeting->participant_ids = participants;
	for (unsigned i = 0; i < world->n_phones; i++) {
		if (dice_one_in(&world->dice, 2))
			continue;
		uuid_format(ids[i], &world->phones[i].user);
		participants[meeting->n_participant_ids++] = ids[i];
	}
	return update_meeting(world, meeting, (char[]){ "participant_ids" });
}

void desk_change_meeting(struct phone *phone)
{
	struct world *world = phone->world;
	Outrider__V1__Meeting meeting = OUTRIDER__V1__MEETING__INIT;
	char value[40], owner[UUID_TEXT_LEN + 1];
	struct folder folder;

	if (!choose(phone, &folder, KIND_MEETING) || folder.is_deleted)
		return;
	some_text(world, value);
	some_user(world, owner);
	meeting.id = folder.id;
	switch (dice_below(&world->dice, 4)) {
	case 0:
		meeting.owner_id = owner;
		note_act(world, update_meeting(world, &meeting,
					       (char[]){ "owner_id" }));
		break;
	case 1:
		meeting.next_step = value;
		note_act(world, update_meeting(world, &meeting,
					       (char[]){ "next_step" }));
		break;
	default:
		note_act(world, invite(world, &meeting));
		break;
	}
}

/* ------------------------------------------------------------------- files */

static int update_file(struct world *world,
		       Outrider__V1__Attachment *attachment, char *field)
{
	Outrider__V1__UpdateAttachmentRequest request =
		OUTRIDER__V1__UPDATE_ATTACHMENT_REQUEST__INIT;
	Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
	struct buffer reply;
	int status;

	mask.n_paths = 1;
	mask.paths = &field;
	request.attachment = attachment;
	request.update_mask = &mask;
	status = people_call(world,
			     "/outrider.v1.AttachmentService/UpdateAttachment",
			     &request.base, &reply);
	buffer_free(&reply);
	return status;
}

/* With some of the people, or with nobody any more. */
static int share_file(struct world *world, Outrider__V1__Attachment *attachment)
{
	char ids[PHONES_MAX][UUID_TEXT_LEN + 1];
	char *users[PHONES_MAX];

	attachment->shared_user_ids = users;
	for (unsigned i = 0; i < world->n_phones; i++) {
		if (dice_one_in(&world->dice, 2))
			continue;
		uuid_format(ids[i], &world->phones[i].user);
		users[attachment->n_shared_user_ids++] = ids[i];
	}
	return update_file(world, attachment, (char[]){ "shared_user_ids" });
}

/* Both requests name a card, and nothing else. */
static int
call_for_file(struct world *world, const char *path, struct folder *folder)
{
	Outrider__V1__DeleteAttachmentRequest request =
		OUTRIDER__V1__DELETE_ATTACHMENT_REQUEST__INIT;
	struct buffer reply;
	int status;

	request.id = folder->id;
	status = people_call(world, path, &request.base, &reply);
	buffer_free(&reply);
	return status;
}

void desk_change_file(struct phone *phone)
{
	struct world *world = phone->world;
	Outrider__V1__Attachment attachment = OUTRIDER__V1__ATTACHMENT__INIT;
	char value[40], owner[UUID_TEXT_LEN + 1];
	struct folder folder;

	if (!choose(phone, &folder, KIND_ATTACHMENT))
		return;
	some_text(world, value);
	some_user(world, owner);
	attachment.id = folder.id;
	if (folder.is_deleted) {
		note_act(world, call_for_file(world,
					      "/outrider.v1.AttachmentService/"
					      "UndeleteAttachment",
					      &folder));
		return;
	}
	switch (dice_below(&world->dice, 6)) {
	case 0:
		note_act(world, call_for_file(world,
					      "/outrider.v1.AttachmentService/"
					      "DeleteAttachment",
					      &folder));
		break;
	case 1:
		attachment.owner_id = owner;
		note_act(world, update_file(world, &attachment,
					    (char[]){ "owner_id" }));
		break;
	case 2:
		attachment.display_name = value;
		note_act(world, update_file(world, &attachment,
					    (char[]){ "display_name" }));
		break;
	default:
		note_act(world, share_file(world, &attachment));
		break;
	}
}

/* ------------------------------------------------------------------ people */

void desk_move(struct phone *phone)
{
	struct world *world = phone->world;
	const size_t team = dice_below(&world->dice, TEAMS);

	note_act(world, people_move(phone, &world->teams[team]));
	world_say(world, "to team %zu", team);
}

void desk_give_role(struct phone *phone)
{
	struct world *world = phone->world;
	const size_t role = dice_below(&world->dice, ROLES + 1);

	note_act(world,
		 people_give_role(phone,
				  role < ROLES ? &world->roles[role] : NULL));
	world_say(world, "role %zu", role);
}

void desk_change_role(struct phone *phone)
{
	struct world *world = phone->world;
	const size_t role = dice_below(&world->dice, ROLES);
	const uint64_t hides = dice_throw(&world->dice);

	note_act(world, people_change_role(world, role, hides));
	world_say(world, "role %zu", role);
}

void desk_lock_out(struct phone *phone)
{
	struct world *world = phone->world;
	const bool is_locked_out = dice_one_in(&world->dice, 3);

	note_act(world, people_set_disabled(phone, is_locked_out));
	world_say(world, is_locked_out ? "out" : "in");
}

/* A call that will be refused, in the middle of what others want written. */
void desk_ask_in_vain(struct phone *phone)
{
	struct world *world = phone->world;
	Outrider__V1__DeleteContactRequest request =
		OUTRIDER__V1__DELETE_CONTACT_REQUEST__INIT;
	char id[UUID_TEXT_LEN + 1];
	uint8_t bytes[64];

	uuid_format(id, &world->phones[0].user); /* no contact has it */
	request.id = id;
	server_leave_call(
		world, "/outrider.v1.ContactService/DeleteContact", bytes,
		outrider__v1__delete_contact_request__pack(&request, bytes));
}
