/* powered: see powered.h. */
#include "powered.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t throw_dice(void *user)
{
	uint64_t *state = user;
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void open_and_unlock(struct powered *p, bool is_new)
{
	assert_int_equal(phone_open(&p->phone, NULL), OUTRIDER_OK);
	if (is_new)
		phone_enroll(&p->phone);
	assert_int_equal(outrider_unlock(p->phone.core, PHONE_PIN, NULL),
			 OUTRIDER_OK);
}

void powered_make(struct powered *p, uint64_t seed)
{
	p->dice = seed;
	p->disk = test_disk_make("powered", throw_dice, &p->dice);
	phone_make(&p->phone);
	p->phone.vfs = "powered";
	p->is_made = true;
}

void powered_free(struct powered *p)
{
	phone_free(&p->phone);
	test_disk_free(p->disk);
	p->is_made = false;
}

void powered_ready(struct powered *p)
{
	open_and_unlock(p, true);
}

void powered_begin(struct powered *p)
{
	*p = (struct powered){ .was_cut = true };
}

bool powered_next(struct powered *p)
{
	if (p->is_made)
		powered_free(p);
	if (!p->was_cut)
		return false;
	p->n += 1 + (p->is_wide ? p->n / 8 : 0);
	powered_make(p, p->n);
	return true;
}

void powered_cut(struct powered *p)
{
	test_disk_cut_after(p->disk, p->n);
}

void powered_return(struct powered *p)
{
	p->was_cut = test_disk_is_cut(p->disk);
	phone_close(&p->phone);
	test_disk_cut_after(p->disk, 0);
	test_disk_power_on(p->disk);
}

void powered_restart(struct powered *p)
{
	powered_return(p);
	open_and_unlock(p, false);
}
