# How people are reached: docs/reach.md.
add_library(reach_world STATIC
	${CMAKE_SOURCE_DIR}/tests/support/reach_world.c)
target_link_libraries(reach_world PRIVATE outrider_flags PUBLIC sync_world)
outrider_unit_test(NAME complete LIBS reach_world)
outrider_unit_test(NAME identify LIBS reach_world)
outrider_unit_test(NAME phone_number LIBS outrider_phone Threads::Threads)
outrider_unit_test(NAME reach LIBS reach_world)
