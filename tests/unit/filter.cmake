# Filters and orders: docs/filters.md.
add_library(filter_bench STATIC
	${CMAKE_SOURCE_DIR}/tests/support/condition_text.c
	${CMAKE_SOURCE_DIR}/tests/support/filter_bench.c)
target_link_libraries(filter_bench PRIVATE outrider_flags
	PUBLIC outrider_app PkgConfig::CMOCKA)
target_include_directories(filter_bench PUBLIC ${CMAKE_SOURCE_DIR}/tests/support)
outrider_unit_test(NAME filter LIBS filter_bench)
outrider_unit_test(NAME filter_values LIBS filter_bench)
# A kind without a field is asked for as if it were the kind itself.
outrider_unit_test(NAME filter_hidden LIBS filter_bench)
target_link_options(test_filter_hidden PRIVATE -Wl,--wrap=access_knows_field)
outrider_unit_test(NAME filter_custom LIBS filter_bench app_harness)
