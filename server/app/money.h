/*
 * Amounts in minor units, and how many decimals a currency has.
 */
#ifndef APP_MONEY_H
#define APP_MONEY_H

#include <stddef.h>
#include <stdint.h>

/* Of a currency's code (ISO 4217); 2 of one that isn't known. */
int money_decimals(const char code[4]);

/* "-92,233,720,368,547,758.08 EUR" */
#define MONEY_TEXT_LEN 40
/* Writes "1,250.00 EUR", with a NUL. */
void money_text(char out[MONEY_TEXT_LEN], int64_t amount_minor,
		const char code[4]);

#endif
