/*
 * ln, exp and cos from + - * / alone; see num.h. Knows nothing of what the
 * numbers mean.
 */
#include "model/num.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* Intermediate results must be doubles, or the bits differ by processor. */
_Static_assert(FLT_EVAL_METHOD == 0, "needs arithmetic in plain doubles");
_Static_assert(DBL_MANT_DIG == 53 && sizeof(double) == 8, "needs IEEE 754");

/* ln 2 in two parts: the first has 32 significant bits, so that its product
 * with an exponent is exact. */
static const double LN2_HI = 0x1.62e42feep-1;
static const double LN2_LO = 0x1.a39ef35793c76p-33;

/* Of the series of artanh s, after its first term s, by powers of s^2. */
static const double ARTANH[] = {
	1.0 / 25, 1.0 / 23, 1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15,
	1.0 / 13, 1.0 / 11, 1.0 / 9,  1.0 / 7,	1.0 / 5,  1.0 / 3,
};

/* Of the series of e^r, 1 / n! from r^14 down. */
static const double EXP[] = {
	1.0 / 87178291200,
	1.0 / 6227020800,
	1.0 / 479001600,
	1.0 / 39916800,
	1.0 / 3628800,
	1.0 / 362880,
	1.0 / 40320,
	1.0 / 5040,
	1.0 / 720,
	1.0 / 120,
	1.0 / 24,
	1.0 / 6,
	1.0 / 2,
	1.0,
	1.0,
};

static uint64_t bits_of(double x)
{
	uint64_t bits;
	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static double double_of(uint64_t bits)
{
	double x;
	memcpy(&x, &bits, sizeof(x));
	return x;
}

/* A polynomial's value at x, by its coefficients from the highest power. */
static double horner(const double *coefficients, size_t count, double x)
{
	double sum = coefficients[0];
	for (size_t i = 1; i < count; i++)
		sum = coefficients[i] + x * sum;
	return sum;
}

bool num_is_finite(double x)
{
	return ((bits_of(x) >> 52) & 0x7ff) != 0x7ff;
}

/* x = m * 2^e with m in [sqrt 1/2, sqrt 2); ln m = 2 artanh s with
 * s = (m - 1) / (m + 1), |s| < 0.172, as a series in s^2. */
double num_ln(double x)
{
	if (!(x > 0.0))
		return -NUM_LN_LIMIT;
	if (!num_is_finite(x))
		return NUM_LN_LIMIT;
	int exponent = 0;
	if (x < DBL_MIN) {
		x *= 0x1p54;
		exponent = -54;
	}
	uint64_t bits = bits_of(x);
	exponent += (int)(bits >> 52) - 1023;
	double m =
		double_of((bits & 0x000fffffffffffffu) | 0x3ff0000000000000u);
	if (m > 1.4142135623730951) {
		m *= 0.5;
		exponent++;
	}
	double s = (m - 1.0) / (m + 1.0);
	double s2 = s * s;
	double sum = horner(ARTANH, sizeof(ARTANH) / sizeof(ARTANH[0]), s2);
	double e = exponent;
	return e * LN2_HI + (2.0 * s + (2.0 * s * s2 * sum + e * LN2_LO));
}

/* x = k ln 2 + r, |r| < 0.35; e^r by its series. */
double num_exp(double x)
{
	if (!(x >= -708.0))
		return 0.0;
	if (x > 708.0)
		x = 708.0;
	int64_t k = num_round(x / (LN2_HI + LN2_LO), -1100, 1100);
	double kd = (double)k;
	double r = (x - kd * LN2_HI) - kd * LN2_LO;
	double sum = horner(EXP, sizeof(EXP) / sizeof(EXP[0]), r);
	return sum * double_of((uint64_t)(k + 1023) << 52);
}

static double cos_series(double x)
{
	double x2 = x * x, sum = 1.0;
	for (int n = 18; n >= 2; n -= 2)
		sum = 1.0 - x2 * sum / (double)(n * (n - 1));
	return sum;
}

static double sin_series(double x)
{
	double x2 = x * x, sum = 1.0;
	for (int n = 19; n >= 3; n -= 2)
		sum = 1.0 - x2 * sum / (double)(n * (n - 1));
	return x * sum;
}

double num_cos(double x)
{
	if (x < 0.0)
		x = -x;
	if (x > NUM_PI)
		x = 2.0 * NUM_PI - x;
	if (x > NUM_PI / 2.0)
		return -num_cos(NUM_PI - x);
	if (x > NUM_PI / 4.0)
		return sin_series(NUM_PI / 2.0 - x);
	return cos_series(x);
}

double num_clamp(double x, double lo, double hi)
{
	if (!(x > lo))
		return lo;
	return x < hi ? x : hi;
}

int64_t num_round(double x, int64_t lo, int64_t hi)
{
	if (!(x > (double)lo))
		return lo;
	if (x >= (double)hi)
		return hi;
	return (int64_t)(x < 0.0 ? x - 0.5 : x + 0.5);
}
