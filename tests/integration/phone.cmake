# The phone's core as a library.
if(NOT OUTRIDER_SANITIZE AND NOT OUTRIDER_FUZZ AND NOT OUTRIDER_COVERAGE)
	outrider_integration_test(NAME exports
		COMMAND test_exports $<TARGET_FILE:outrider>)
	outrider_integration_test(NAME symbols_core
		COMMAND test_symbols mobile-core/src)
endif()
