/* Outlines and entrances; see area.h. Validity is decided by integers alone. */
#include "model/area.h"

#include <math.h>

#include "model/octets.h"

_Static_assert(AREA_MAX_BYTES ==
		       2 + 4 * (AREA_CORNERS_MAX + AREA_ENTRANCES_MAX),
	       "the bytes hold every point");

static const struct area_point *corner(const struct area *area, size_t i)
{
	return &area->corners[i < area->n_corners ? i : i - area->n_corners];
}

/* --- validity ------------------------------------------------------------ */

/* Above 0: a, b, c turn to the left; 0: they lie on a line. */
static int64_t turn(const struct area_point *a, const struct area_point *b,
		    const struct area_point *c)
{
	int64_t be = b->east_dm - a->east_dm, bn = b->north_dm - a->north_dm;
	int64_t ce = c->east_dm - a->east_dm, cn = c->north_dm - a->north_dm;
	return be * cn - bn * ce;
}

static int sign(int64_t x)
{
	return x > 0 ? 1 : x < 0 ? -1 : 0;
}

static bool is_between(int a, int x, int b)
{
	return a < b ? a <= x && x <= b : b <= x && x <= a;
}

/* Whether p, on the line through a and b, lies on the side from a to b. */
static bool is_on_side(const struct area_point *a, const struct area_point *b,
		       const struct area_point *p)
{
	return is_between(a->east_dm, p->east_dm, b->east_dm) &&
	       is_between(a->north_dm, p->north_dm, b->north_dm);
}

/* Whether the sides from a to b and from c to d share a point. */
static bool do_meet(const struct area_point *a, const struct area_point *b,
		    const struct area_point *c, const struct area_point *d)
{
	int abc = sign(turn(a, b, c)), abd = sign(turn(a, b, d));
	int cda = sign(turn(c, d, a)), cdb = sign(turn(c, d, b));
	if (abc != abd && cda != cdb)
		return true;
	return (abc == 0 && is_on_side(a, b, c)) ||
	       (abd == 0 && is_on_side(a, b, d)) ||
	       (cda == 0 && is_on_side(c, d, a)) ||
	       (cdb == 0 && is_on_side(c, d, b));
}

/* Neighbours share a corner, and must share no more. */
static bool is_sharp(const struct area_point *a, const struct area_point *b,
		     const struct area_point *c)
{
	return turn(a, b, c) != 0 ||
	       (!is_on_side(a, b, c) && !is_on_side(b, c, a));
}

static bool is_simple(const struct area *area)
{
	size_t n = area->n_corners;
	for (size_t i = 0; i < n; i++) {
		const struct area_point *a = corner(area, i);
		const struct area_point *b = corner(area, i + 1);
		if (!is_sharp(a, b, corner(area, i + 2)))
			return false;
		for (size_t k = i + 2; k < n && k + 1 < i + n; k++)
			if (do_meet(a, b, corner(area, k), corner(area, k + 1)))
				return false;
	}
	return true;
}

static bool point_is_in_reach(const struct area_point *point)
{
	int64_t east_dm = point->east_dm, north_dm = point->north_dm;
	return east_dm * east_dm + north_dm * north_dm <=
	       (int64_t)AREA_REACH_DM * AREA_REACH_DM;
}

bool area_is_in_reach(double east_m, double north_m)
{
	const double reach_m = AREA_REACH_DM / 10.0 - 0.1; /* rounding */
	return east_m * east_m + north_m * north_m <= reach_m * reach_m;
}

bool area_is_valid(const struct area *area)
{
	if (area->n_corners > AREA_CORNERS_MAX ||
	    area->n_entrances > AREA_ENTRANCES_MAX ||
	    (area->n_corners > 0 && area->n_corners < AREA_CORNERS_MIN))
		return false;
	for (size_t i = 0; i < area->n_corners; i++)
		if (!point_is_in_reach(&area->corners[i]))
			return false;
	for (size_t i = 0; i < area->n_entrances; i++)
		if (!point_is_in_reach(&area->entrances[i]))
			return false;
	return is_simple(area);
}

/* --- distances ------------------------------------------------------------ */

static double length_m(double east_m, double north_m)
{
	return sqrt(east_m * east_m + north_m * north_m);
}

static double
from_point_m(const struct area_point *point, double east_m, double north_m)
{
	return length_m(east_m - point->east_dm / 10.0,
			north_m - point->north_dm / 10.0);
}

static double from_side_m(const struct area_point *a,
			  const struct area_point *b, double east_m,
			  double north_m)
{
	double side_e = (b->east_dm - a->east_dm) / 10.0;
	double side_n = (b->north_dm - a->north_dm) / 10.0;
	double e = east_m - a->east_dm / 10.0;
	double n = north_m - a->north_dm / 10.0;
	double along =
		(e * side_e + n * side_n) / (side_e * side_e + side_n * side_n);
	if (!(along > 0.0))
		along = 0.0;
	else if (along > 1.0)
		along = 1.0;
	return length_m(e - along * side_e, n - along * side_n);
}

/* Counts the sides that a ray to the east crosses. */
static bool is_inside(const struct area *area, double east_m, double north_m)
{
	bool is_odd = false;
	for (size_t i = 0; i < area->n_corners; i++) {
		const struct area_point *a = corner(area, i);
		const struct area_point *b = corner(area, i + 1);
		double a_n = a->north_dm / 10.0, b_n = b->north_dm / 10.0;
		if ((a_n > north_m) == (b_n > north_m))
			continue;
		double share = (north_m - a_n) / (b_n - a_n);
		double at_m = a->east_dm / 10.0 +
			      share * (b->east_dm - a->east_dm) / 10.0;
		if (east_m < at_m)
			is_odd = !is_odd;
	}
	return is_odd;
}

double area_distance_m(const struct area *area, double east_m, double north_m)
{
	if (is_inside(area, east_m, north_m))
		return 0.0;
	double best_m =
		from_side_m(corner(area, 0), corner(area, 1), east_m, north_m);
	for (size_t i = 1; i < area->n_corners; i++) {
		double m = from_side_m(corner(area, i), corner(area, i + 1),
				       east_m, north_m);
		if (m < best_m)
			best_m = m;
	}
	return best_m;
}

double area_entrance_m(const struct area *area, double east_m, double north_m)
{
	double best_m = from_point_m(&area->entrances[0], east_m, north_m);
	for (size_t i = 1; i < area->n_entrances; i++) {
		double m = from_point_m(&area->entrances[i], east_m, north_m);
		if (m < best_m)
			best_m = m;
	}
	return best_m;
}

double area_surface_m2(const struct area *area)
{
	int64_t twice_dm2 = 0;
	for (size_t i = 0; i < area->n_corners; i++) {
		const struct area_point *a = corner(area, i);
		const struct area_point *b = corner(area, i + 1);
		twice_dm2 += (int64_t)a->east_dm * b->north_dm -
			     (int64_t)a->north_dm * b->east_dm;
	}
	return (double)(twice_dm2 < 0 ? -twice_dm2 : twice_dm2) / 200.0;
}

double area_circumference_m(const struct area *area)
{
	double sum_m = 0.0;
	for (size_t i = 0; i < area->n_corners; i++) {
		const struct area_point *b = corner(area, i + 1);
		sum_m += from_point_m(corner(area, i), b->east_dm / 10.0,
				      b->north_dm / 10.0);
	}
	return sum_m;
}

/* --- bytes ---------------------------------------------------------------- */

static void
put_points(struct octet_writer *w, const struct area_point *points, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		octets_put(w, (uint16_t)points[i].east_dm, 2);
		octets_put(w, (uint16_t)points[i].north_dm, 2);
	}
}

static void
get_points(struct octet_reader *r, struct area_point *points, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		points[i].east_dm = (int16_t)octets_get_signed(r, 2);
		points[i].north_dm = (int16_t)octets_get_signed(r, 2);
	}
}

size_t area_write(uint8_t out[AREA_MAX_BYTES], const struct area *area)
{
	struct octet_writer w = { .bytes = out, .room = AREA_MAX_BYTES };
	octets_put(&w, area->n_corners, 1);
	octets_put(&w, area->n_entrances, 1);
	put_points(&w, area->corners, area->n_corners);
	put_points(&w, area->entrances, area->n_entrances);
	return w.len;
}

size_t area_read(struct area *out, const uint8_t *bytes, size_t len)
{
	struct octet_reader r = { .next = bytes, .end = bytes + len };
	struct area area = { 0 };
	area.n_corners = (uint8_t)octets_get(&r, 1);
	area.n_entrances = (uint8_t)octets_get(&r, 1);
	if (area.n_corners > AREA_CORNERS_MAX ||
	    area.n_entrances > AREA_ENTRANCES_MAX)
		return 0;
	get_points(&r, area.corners, area.n_corners);
	get_points(&r, area.entrances, area.n_entrances);
	if (r.failed || !area_is_valid(&area))
		return 0;
	*out = area;
	return (size_t)(r.next - bytes);
}
