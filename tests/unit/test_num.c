/* num: accuracy against libm, the edges, and the bits themselves. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/num.h"

static void close_to(double got, double want, double relative)
{
	double error = fabs(got - want);
	if (error > relative * fabs(want) && error > 1e-300)
		fail_msg("%.17g is not %.17g", got, want);
}

static void ln_is_the_logarithm(void **state)
{
	double x = 1e-300;

	(void)state;
	while (x < 1e300) {
		close_to(num_ln(x), log(x), 1e-15);
		x *= 1.37;
	}
	for (int i = -1000; i <= 1000; i++)
		if (i != 0)
			close_to(num_ln(1.0 + i * 1e-4), log(1.0 + i * 1e-4),
				 1e-15);
	assert_true(num_ln(1.0) == 0.0);
	close_to(num_ln(5e-324), log(5e-324), 1e-15);
}

static void ln_answers_what_has_no_logarithm(void **state)
{
	(void)state;
	assert_true(num_ln(0.0) == -NUM_LN_LIMIT);
	assert_true(num_ln(-1.0) == -NUM_LN_LIMIT);
	assert_true(num_ln((double)NAN) == -NUM_LN_LIMIT);
	assert_true(num_ln((double)INFINITY) == NUM_LN_LIMIT);
}

static void exp_is_the_exponential(void **state)
{
	(void)state;
	for (int i = -2312; i <= 2312; i++)
		close_to(num_exp(0.0173 * i), exp(0.0173 * i), 5e-16);
	for (int i = -516; i <= 516; i++)
		close_to(num_exp(1.37 * i), exp(1.37 * i), 1e-14);
	assert_true(num_exp(0.0) == 1.0);
	assert_true(num_exp(-709.0) == 0.0);
	assert_true(num_exp((double)NAN) == 0.0);
	assert_true(num_is_finite(num_exp(1e9)));
}

static void cos_is_the_cosine(void **state)
{
	(void)state;
	for (int i = -3632; i * 0.00173 <= 2.0 * NUM_PI; i++)
		assert_true(fabs(num_cos(i * 0.00173) - cos(i * 0.00173)) <
			    1e-15);
	assert_true(num_cos(0.0) == 1.0);
}

static void the_bits_are_these(void **state)
{
	(void)state;
	/* Any other bits are another algorithm: see docs/visits.md. */
	assert_true(num_ln(3.0) == 0x1.193ea7aad030bp+0);
	assert_true(num_exp(1.0) == 0x1.5bf0a8b14576ap+1);
	assert_true(num_cos(1.0) == 0x1.14a280fb5068bp-1);
}

static void clamp_and_round_hold_everything(void **state)
{
	(void)state;
	assert_true(num_clamp((double)NAN, 2.0, 5.0) == 2.0);
	assert_true(num_clamp(9.0, 2.0, 5.0) == 5.0);
	assert_int_equal(num_round(2.5, -10, 10), 3);
	assert_int_equal(num_round(-2.5, -10, 10), -3);
	assert_int_equal(num_round((double)NAN, -10, 10), -10);
	assert_int_equal(num_round((double)INFINITY, -10, 10), 10);
	assert_int_equal(num_round(-1e300, -10, 10), -10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ln_is_the_logarithm),
		cmocka_unit_test(ln_answers_what_has_no_logarithm),
		cmocka_unit_test(exp_is_the_exponential),
		cmocka_unit_test(cos_is_the_cosine),
		cmocka_unit_test(the_bits_are_these),
		cmocka_unit_test(clamp_and_round_hold_everything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
