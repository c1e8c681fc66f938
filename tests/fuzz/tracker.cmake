# What the phone keeps of a meeting, and what an expert is handed.
outrider_fuzz_test(NAME bundle LIBS verify_parts)
outrider_fuzz_test(NAME content LIBS outrider_model)
outrider_fuzz_test(NAME fixes LIBS outrider_model)
outrider_fuzz_test(NAME window LIBS outrider_core outrider_model)
target_include_directories(fuzz_window PRIVATE
	${CMAKE_SOURCE_DIR}/mobile-core/src)
