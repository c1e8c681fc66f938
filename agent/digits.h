/*
 * Numbers of a fixed width, as times, positions and ids write them.
 */
#ifndef AGENT_DIGITS_H
#define AGENT_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exactly n decimal digits; *at moves behind them. False: something else. */
bool digits_decimal(int *out, const char **at, size_t n);
/* Two hexadecimal digits, likewise. */
bool digits_byte(uint8_t *out, const char **at);
/* That character, likewise. */
bool digits_skip(const char **at, char c);

#endif
