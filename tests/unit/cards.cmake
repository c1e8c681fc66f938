# A small firm with cards, for what is read beside them.
add_library(card_world STATIC ${CMAKE_SOURCE_DIR}/tests/support/card_world.c)
target_link_libraries(card_world PRIVATE outrider_flags PUBLIC app_harness)
outrider_unit_test(NAME timeline LIBS card_world)
outrider_unit_test(NAME timeline_pages LIBS card_world)
