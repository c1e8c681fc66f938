/*
 * The few kinds and fields that the app's laws know by number. Everything
 * else about a kind is in the tables.
 */
#ifndef APP_KINDS_H
#define APP_KINDS_H

#include "model/record.h"

/* Fields that stand under the same number in every kind that has them. */
enum {
	FIELD_CUSTOM = 250,
	FIELD_SHARED_USERS = 251,
	FIELD_SHARED_TEAMS = 252,
};

enum {
	KIND_USER = 1,
	KIND_TEAM = 2,
	KIND_COMPANY = 3,
	KIND_CONTACT = 4,
	KIND_MEETING = 6,
	KIND_ALERT = 8,
	KIND_ATTACHMENT = 26,
	KIND_LEAD = 9,
	KIND_DEAL = 13,
	KIND_PAYMENT = 17,
	KIND_CALL = 21,
	KIND_MESSAGE = 22,
	KIND_ANSWER = 24,
	KIND_ROLE = 29,
	KIND_SERVICE_ACCOUNT = 30,
	KIND_CUSTOM_FIELD = 31,
	KIND_DESK = 32,
};

enum {
	USER_DISPLAY_NAME = 10,
	USER_LOGIN_NAME = 11,
	USER_RANK = 12,
	USER_MEMBER_OF_TEAM = 13,
	USER_IS_DISABLED = 14,
	USER_ROLE = 16,
};

enum {
	SERVICE_RANK = 11,
	SERVICE_ROLE = 12,
	SERVICE_MEMBER_OF_TEAM = 13,
	SERVICE_IS_DISABLED = 14,
	SERVICE_DEFAULT_OWNER = 15,
};

enum {
	CUSTOM_OF_KIND = 10,
	CUSTOM_KEY = 11,
	CUSTOM_TYPE = 13,
	CUSTOM_CHOICES = 14,
	CUSTOM_IS_ARCHIVED = 15,
	CUSTOM_READ_RANK = 17,
};

enum {
	ROLE_KINDS = 11,
	ROLE_HIDDEN_FIELDS = 12,
	ROLE_SHOWN_FIELDS = 13,
	ROLE_SEES_ALL_TEAMS = 14,
};

enum {
	TEAM_DISPLAY_NAME = 10,
	TEAM_PARENT = 11,
};

enum {
	MEETING_STATE = 21,
	MEETING_STATE_PLANNED = 1,
};

enum {
	ALERT_FIELD_TYPE = 10,
	ALERT_FIELD_STATE = 14,
	ALERT_STATE_OPEN = 1,
	ALERT_STATE_CLOSED = 2,
};

enum {
	CONTACT_COMPANIES = 14,
};

enum {
	LEAD_DISPLAY_NAME = 10,
	LEAD_PHONES = 13,
	LEAD_EMAILS = 14,
	LEAD_MESSENGERS = 15,
	LEAD_SOURCE = 16,
	LEAD_STATUS = 18,
	LEAD_ADDRESS = 21,
	LEAD_STATUS_CONVERTED = 3,
	LEAD_STATUS_LOST = 4,
};

/* Phone, Email, Messenger: values.proto. */
enum {
	PHONE_NUMBER = 1,
	PHONE_E164 = 3,
	EMAIL_ADDRESS = 1,
	MESSENGER_NETWORK = 1,
	MESSENGER_ACCOUNT = 2,
};

enum {
	CALL_PHONE_NUMBER = 11,
	CALL_E164 = 12,
};

enum {
	MESSAGE_CHANNEL = 10,
	MESSAGE_ADDRESS = 12,
	MESSAGE_NORMALIZED = 13,
	MESSAGE_CHANNEL_EMAIL = 1,
	MESSAGE_CHANNEL_SMS = 2,
	MESSAGE_CHANNEL_CHAT = 3,
	MESSAGE_CHANNEL_SOCIAL = 4,
	MESSAGE_CHANNEL_LETTER = 5,
};

enum {
	ANSWER_ADDRESS = 16,
};

enum {
	ATTACHMENT_SIZE_BYTES = 12,
	ATTACHMENT_CONTENT_HASH = 13,
};

/* The place of an own field among the values; entity->n_fields if none. */
size_t kind_index(const struct entity *entity, uint32_t number);
/* The value of an own field that the kind has. */
struct value *kind_value(const struct row *row, uint32_t number);
/* A reference's id; zero where it is not set. */
struct uuid kind_reference(const struct value *value);
/* RANK_NONE where the number is none of ours. */
enum rank kind_rank(const struct value *value);
enum rank kind_user_rank(const struct row *user);
/* May sign in, and counts as somebody. */
bool kind_user_is_active(const struct row *user);
/* Takes part in it: a participant, and not one whom it is shared with. */
bool kind_takes_part(const struct field *field);

#endif
