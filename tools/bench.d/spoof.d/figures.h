/*
 * figures: shares, and lines that a person or a program may read.
 */
#ifndef BENCH_SPOOF_FIGURES_H
#define BENCH_SPOOF_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

struct share {
	uint64_t hits, all;
};

void count(struct share *share, bool is_hit);
/* 0 of none. */
double share_percent(struct share share);
/* Nothing of none; else the share, Wilson's interval of 95 %, and of how many
 * cases. */
void print_share(const char *name, struct share share);

#endif
