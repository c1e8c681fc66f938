/* geo: the local plane where the earth is awkward, and what it refuses. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/geo.h"
#include "model/num.h"

static struct geo_plane plane_at(double lat_deg, double lon_deg)
{
	struct geo_pin pin;
	struct geo_plane plane;
	assert_true(geo_pin_from_degrees(&pin, lat_deg, lon_deg));
	geo_plane_about(&plane, pin);
	return plane;
}

static void a_degree_has_its_metres(void **state)
{
	(void)state;
	double east_m, north_m;
	struct geo_plane plane = plane_at(60.0, 25.0);
	assert_true(geo_to_metres(&plane, &east_m, &north_m, 60.01, 25.01));
	assert_true(fabs(north_m - 1111.95) < 0.1);
	assert_true(fabs(east_m - 555.97) < 0.1);
}

static void the_date_line_is_no_wall(void **state)
{
	(void)state;
	double east_m, north_m;
	struct geo_plane plane = plane_at(-16.79, 179.9999);
	assert_true(
		geo_to_metres(&plane, &east_m, &north_m, -16.79, -179.9999));
	assert_true(east_m > 20.0 && east_m < 22.0);
	plane = plane_at(-16.79, -180.0);
	assert_true(geo_to_metres(&plane, &east_m, &north_m, -16.79, 180.0));
	assert_true(fabs(east_m) < 0.01);
}

static void the_poles_are_places(void **state)
{
	(void)state;
	double east_m, north_m;
	struct geo_plane plane = plane_at(90.0, 0.0);
	assert_true(geo_to_metres(&plane, &east_m, &north_m, 89.999, 135.0));
	assert_true(num_is_finite(east_m) && fabs(north_m + 111.2) < 0.1);
	plane = plane_at(-90.0, 180.0);
	assert_true(geo_to_metres(&plane, &east_m, &north_m, -90.0, -180.0));
	assert_true(east_m == 0.0 || fabs(east_m) < 0.01);
}

static void what_is_no_place_is_refused(void **state)
{
	(void)state;
	const double bad[][2] = {
		{ (double)NAN, 0 },	 { 0, (double)NAN },
		{ (double)INFINITY, 0 }, { 0, -(double)INFINITY },
		{ 90.0000001, 0 },	 { -91, 0 },
		{ 0, 180.0000001 },	 { 0, -1e300 },
	};
	struct geo_plane plane = plane_at(0, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct geo_pin pin = { 1, 2 };
		double east_m = 3, north_m = 4;
		assert_false(geo_pin_from_degrees(&pin, bad[i][0], bad[i][1]));
		assert_int_equal(pin.lat_e7, 1);
		assert_false(geo_to_metres(&plane, &east_m, &north_m, bad[i][0],
					   bad[i][1]));
		assert_true(east_m == 3 && north_m == 4);
	}
	assert_false(geo_pin_is_valid((struct geo_pin){ 900000001, 0 }));
	assert_false(geo_pin_is_valid((struct geo_pin){ 0, -1800000001 }));
}

static double metres(double lat, double lon, double to_lat, double to_lon)
{
	struct geo_pin from, to;

	assert_true(geo_pin_from_degrees(&from, lat, lon));
	assert_true(geo_pin_from_degrees(&to, to_lat, to_lon));
	return geo_distance_m(geo_vector_of(from), geo_vector_of(to));
}

/* Kyiv to Lviv, London to New York, by the haversine of the same radius. */
static void distances_are_along_the_sphere(void **state)
{
	(void)state;
	assert_true(fabs(metres(50.4501, 30.5234, 49.8397, 24.0297) -
			 467531.04) < 0.05);
	assert_true(fabs(metres(51.5074, -0.1278, 40.7128, -74.0060) -
			 5570229.87) < 0.05);
	assert_true(fabs(metres(0, 0, 0, 180) - 6371008.8 * NUM_PI) < 0.001);
	assert_true(fabs(metres(90, 17, -90, 99) - 6371008.8 * NUM_PI) < 0.001);
	assert_true(fabs(metres(0, 0, 90, 0) - 6371008.8 * NUM_PI / 2) < 0.001);
}

static void and_small_ones_are_as_exact_as_pins(void **state)
{
	(void)state;
	assert_true(metres(50.45, 30.52, 50.45, 30.52) == 0);
	assert_true(metres(90, 17, 90, -170) < 1e-6);
	/* 1e-7 of a degree, and over the date line. */
	assert_true(fabs(metres(50.45, 30.52, 50.4500001, 30.52) - 0.01112) <
		    1e-5);
	assert_true(fabs(metres(-16.79, 179.9999, -16.79, -179.9999) - 21.29) <
		    0.01);
	/* As the plane about one of them has it. */
	double east_m, north_m;
	struct geo_plane plane = plane_at(50.45, 30.52);
	assert_true(geo_to_metres(&plane, &east_m, &north_m, 50.451, 30.521));
	assert_true(fabs(metres(50.45, 30.52, 50.451, 30.521) -
			 hypot(east_m, north_m)) < 0.01);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_degree_has_its_metres),
		cmocka_unit_test(the_date_line_is_no_wall),
		cmocka_unit_test(the_poles_are_places),
		cmocka_unit_test(distances_are_along_the_sphere),
		cmocka_unit_test(and_small_ones_are_as_exact_as_pins),
		cmocka_unit_test(what_is_no_place_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
