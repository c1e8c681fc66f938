# What the phone works out for its rep: who is near, in which order to drive,
# birthdays, promises, and who calls.
outrider_unit_test(NAME route LIBS outrider_model)
outrider_unit_test(NAME handle LIBS outrider_model)
add_library(card_text STATIC ${CMAKE_SOURCE_DIR}/tests/support/card_text.c)
target_link_libraries(card_text PRIVATE outrider_flags
	PUBLIC phone_host cheap_pin)
outrider_unit_test(NAME phone_near LIBS card_text)
outrider_unit_test(NAME phone_identify LIBS card_text
	SOURCES ${CMAKE_SOURCE_DIR}/tests/support/handles_audit.c)
outrider_unit_test(NAME phone_remind LIBS card_text)
outrider_unit_test(NAME handles LIBS card_text powered
	SOURCES ${CMAKE_SOURCE_DIR}/tests/support/handles_audit.c)
