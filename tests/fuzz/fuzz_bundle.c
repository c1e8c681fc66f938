/*
 * Bundles from anyone: whatever the file, the verifier ends, and tells.
 */
#include <sodium.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "check.h"
#include "tell.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct check check;
	static FILE *nowhere;
	struct bundle bundle;
	const char *why = NULL;

	if (!nowhere &&
	    (sodium_init() < 0 || !(nowhere = fopen("/dev/null", "w"))))
		abort();
	if (bundle_read(&bundle, &why,
			(struct bytes){ .at = data, .len = size })) {
		check_bundle(&check, &bundle);
		tell_person(nowhere, &check, &bundle);
		tell_program(nowhere, &check, &bundle);
	} else if (!why) {
		abort();
	}
	bundle_close(&bundle);
	return 0;
}
