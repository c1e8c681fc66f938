/*
 * Invariant 5: what a phone's user may not see lies nowhere in its file, not
 * even sealed. Rows can't be read here without the phone's keys; they can be
 * counted. And what is there is sealed: no text is found without a key.
 */
#include "remains.h"

void check_sealed(struct phone *phone, size_t n_seen)
{
	const int64_t n = remains_count(phone, "card");

	if (n != (int64_t)n_seen)
		world_break(phone->world,
			    "5: phone %u has %lld sealed cards, and %zu are "
			    "for its user's eyes",
			    phone->number, (long long)n, n_seen);
	if (remains_is_plain(phone))
		world_break(phone->world,
			    "5: the files of phone %u have a text in the clear",
			    phone->number);
}
