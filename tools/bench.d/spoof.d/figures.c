/* Wilson, E. B. (1927): an interval that holds at 0 and at 100 %, too. */
#include "figures.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

void count(struct share *share, bool is_hit)
{
	share->hits += is_hit;
	share->all++;
}

double share_percent(struct share share)
{
	return share.all ? 100.0 * (double)share.hits / (double)share.all : 0.0;
}

void print_share(const char *name, struct share share)
{
	double n = (double)share.all, p, z = 1.96, middle, half;
	if (share.all == 0)
		return;
	p = (double)share.hits / n;
	middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
	half = z / (1.0 + z * z / n) *
	       sqrt(p * (1.0 - p) / n + z * z / (4.0 * n * n));
	printf("%s %.2f percent\n", name, 100.0 * p);
	printf("%s_low %.2f percent\n", name,
	       100.0 * (middle > half ? middle - half : 0.0));
	printf("%s_high %.2f percent\n", name, 100.0 * (middle + half));
	printf("%s_of %" PRIu64 " cases\n", name, share.all);
}
