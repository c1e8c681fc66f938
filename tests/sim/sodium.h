/*
 * What stands before the function that seals: the linker puts it there
 * (--wrap).
 */
#ifndef SIM_SODIUM_H
#define SIM_SODIUM_H

#include <stdbool.h>

/* Has a key sealed two things with one nonce? */
bool sodium_saw_nonce_twice(void);

#endif
