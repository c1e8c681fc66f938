/*
 * num: the few functions of real numbers that verdicts rest on.
 *
 * Owns ln, exp and cos made of + - * / alone, so that every processor and
 * every C library gives the same bits. Of libm only sqrt is used anywhere in
 * model/, because IEEE 754 rounds it correctly. Knows nothing of places or
 * visits.
 */
#ifndef OUTRIDER_MODEL_NUM_H
#define OUTRIDER_MODEL_NUM_H

#include <stdbool.h>
#include <stdint.h>

#define NUM_PI 3.14159265358979323846

/* Natural logarithm. Defined for every double: ln of zero, of a negative
 * number or of NaN is -NUM_LN_LIMIT, of infinity NUM_LN_LIMIT. Error below
 * 2 units in the last place. */
double num_ln(double x);
#define NUM_LN_LIMIT 1000.0

/* e to the x, 0 below -708, e^708 above 708; NaN gives 0. Error below 2 units
 * in the last place for |x| <= 40, below 1e-14 of the value elsewhere. */
double num_exp(double x);

/* Cosine of an angle in radians, |x| <= 2 pi; error below 1e-15. */
double num_cos(double x);

/* Neither NaN nor infinite. */
bool num_is_finite(double x);

/* x held in lo..hi; NaN gives lo. */
double num_clamp(double x, double lo, double hi);

/* Nearest integer, halves away from zero, held in lo..hi; NaN gives lo. */
int64_t num_round(double x, int64_t lo, int64_t hi);

#endif
