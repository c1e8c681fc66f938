outrider_integration_test(NAME verify_by_hand COMMAND verify_by_hand)
# A day in a locked pocket. The rep is made with the unit tests.
add_executable(locked_pocket_day locked_pocket_day.c)
target_link_libraries(locked_pocket_day PRIVATE outrider_flags rep_day)
outrider_integration_test(NAME locked_pocket COMMAND locked_pocket)
