# What the phone says of meetings.
# A rep with a phone, a door and a server that keeps what it is sent.
add_library(rep STATIC ${CMAKE_SOURCE_DIR}/tests/support/rep.c)
target_link_libraries(rep PRIVATE outrider_flags
	PUBLIC phone_host cheap_pin)
target_include_directories(rep PUBLIC ${CMAKE_SOURCE_DIR}/tests/support)
outrider_unit_test(NAME tracker LIBS rep powered TIMEOUT 300)
outrider_unit_test(NAME check_in LIBS rep)
outrider_unit_test(NAME progress LIBS rep)
outrider_unit_test(NAME visit_cuts LIBS powered)
# A made-up day in that phone.
add_library(rep_day STATIC ${CMAKE_SOURCE_DIR}/tests/support/rep_day.c)
target_link_libraries(rep_day PRIVATE outrider_flags PUBLIC rep repday_parts)
outrider_unit_test(NAME hints LIBS rep_day powered TIMEOUT 300)
outrider_unit_test(NAME evidence LIBS rep verify_parts PkgConfig::SQLITE TIMEOUT 300)
outrider_unit_test(NAME tracker_clock LIBS outrider_core outrider_model)
target_include_directories(test_tracker_clock PRIVATE
	${CMAKE_SOURCE_DIR}/mobile-core/src)
outrider_unit_test(NAME windows LIBS outrider_core outrider_model)
target_include_directories(test_windows PRIVATE
	${CMAKE_SOURCE_DIR}/mobile-core/src)
outrider_unit_test(NAME visit_words LIBS outrider_core outrider_model)
target_include_directories(test_visit_words PRIVATE
	${CMAKE_SOURCE_DIR}/mobile-core/src)
