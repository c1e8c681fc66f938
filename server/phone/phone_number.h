/*
 * A telephone number as people write it, in E.164: "(067) 123-45-67" in
 * Ukraine is "+380671234567". A thin face for libphonenumber, which is C++:
 * phone_number.cc is the only file of ours in that language, and nothing of it
 * comes out but what stands here.
 */
#ifndef PHONE_NUMBER_H
#define PHONE_NUMBER_H

#include "model/arena.h"

#include <stdbool.h>

/* '+', 15 digits and a NUL, and some room. */
#define PHONE_NUMBER_MAX 20

/* "UA"; empty where the organisation named none. */
#define PHONE_REGION_LEN 2

#ifdef __cplusplus
extern "C" {
#endif

/*
 * out gets the number's E.164, or is empty where false is returned: the text is
 * no number, or has not as many digits as numbers of that country have. That
 * it was ever given to anybody is not asked: countries open new ranges faster
 * than libraries are updated. An extension is left out, letters are digits as
 * on a telephone's keys ("0 800 CALL ME"). Numbers that are good in their own
 * country or town only (112, "234-56-78") have no E.164.
 *
 * region is ISO 3166 alpha-2: what a number without a leading + belongs to,
 * and how other countries are dialled from there (00, 011, 8~10). Empty: only
 * numbers with a + are read.
 *
 * Any thread. Some ten microseconds. Without memory it is false, too.
 */
bool phone_number_e164(char out[PHONE_NUMBER_MAX], struct bytes text,
		       const char *region);

/* Is it a region that the library knows? */
bool phone_region_is_known(const char *region);

#ifdef __cplusplus
}
#endif

#endif
