# The server's answers, as the phone reads them.
outrider_fuzz_test(NAME phone LIBS outrider_core outrider_schema
	outrider_proto_nanopb)
target_include_directories(fuzz_phone PRIVATE
	${CMAKE_SOURCE_DIR}/mobile-core/src)
