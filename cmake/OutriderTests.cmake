# How a test is registered. One block a test, in the CMakeLists.txt of its own
# folder. A test is called <label>.<name>, so `tools/test unit.merge` runs one
# and `ctest -L unit` runs a kind.
#
#   outrider_unit_test(NAME merge [SOURCES more.c ...] [LIBS target ...]
#                      [LABEL store] [TIMEOUT seconds] [ARGS word ...])
#       builds test_<name>.c of the folder with cmocka and our warnings.
#
#   outrider_integration_test(NAME kill9 COMMAND test_kill9 [arg ...]
#                      [LABEL foreign] [TIMEOUT seconds])
#       runs a script of the folder; it finds OUTRIDER_SOURCE and
#       OUTRIDER_BUILD (whose bin/ has the programs) in its environment, and
#       says "skipped" with exit code 77.
#
#   outrider_fuzz_test(NAME cursor [SOURCES more.c ...] [LIBS target ...])
#       builds fuzz_<name>.c, which has LLVMFuzzerTestOneInput: with
#       OUTRIDER_FUZZ a fuzzer, otherwise a replay of corpus/<name>/*.

set(OUTRIDER_TEST_ENV
	OUTRIDER_SOURCE=${CMAKE_SOURCE_DIR}
	OUTRIDER_BUILD=${CMAKE_BINARY_DIR})
if(OUTRIDER_SANITIZE)
	# Libraries of the distribution are not instrumented.
	list(APPEND OUTRIDER_TEST_ENV
		ASAN_OPTIONS=strict_string_checks=1:detect_stack_use_after_return=1
		UBSAN_OPTIONS=print_stacktrace=1
		TSAN_OPTIONS=ignore_noninstrumented_modules=1:halt_on_error=1)
endif()

# What foreign processors have, too.
set(OUTRIDER_CORE_LIBRARIES outrider_flags outrider_model outrider_schema
	outrider_core PkgConfig::CMOCKA PkgConfig::SODIUM PkgConfig::SQLITE)

function(outrider_register_test full_name label timeout)
	set_tests_properties(${full_name} PROPERTIES
		LABELS ${label}
		TIMEOUT ${timeout}
		SKIP_RETURN_CODE 77
		ENVIRONMENT "${OUTRIDER_TEST_ENV}")
endfunction()

# What else than the core a test of the core is made of: files, and the options
# that it is linked with. Foreign processors run such tests (foreign_core makes
# them by this list). Empty where it needs more than the core.
function(outrider_core_parts out target)
	set(parts)
	set(${out} PARENT_SCOPE)
	if(NOT TARGET ${target})
		return()
	endif()
	get_target_property(folder ${target} SOURCE_DIR)
	cmake_path(RELATIVE_PATH folder BASE_DIRECTORY ${CMAKE_SOURCE_DIR})
	if(NOT folder MATCHES "^(tests|tools/verify[.]d)(/|$)")
		return()
	endif()
	foreach(property SOURCES INTERFACE_SOURCES INTERFACE_LINK_OPTIONS)
		get_target_property(found ${target} ${property})
		foreach(part IN LISTS found)
			if(part MATCHES "[.]c$")
				get_target_property(folder ${target} SOURCE_DIR)
				cmake_path(ABSOLUTE_PATH part BASE_DIRECTORY ${folder})
			endif()
			if(part MATCHES "[.]c$|^-")
				list(APPEND parts ${part})
			endif()
		endforeach()
	endforeach()
	get_target_property(libraries ${target} LINK_LIBRARIES)
	get_target_property(more ${target} INTERFACE_LINK_LIBRARIES)
	foreach(library IN LISTS libraries more)
		if(library MATCHES "-NOTFOUND$|^[$]<" OR
			library IN_LIST OUTRIDER_CORE_LIBRARIES)
			continue()
		endif()
		outrider_core_parts(of_library ${library})
		if(NOT of_library)
			return()
		endif()
		list(APPEND parts ${of_library})
	endforeach()
	set(${out} ${parts} PARENT_SCOPE)
endfunction()

function(outrider_unit_test)
	cmake_parse_arguments(T "" "NAME;LABEL;TIMEOUT" "SOURCES;LIBS;ARGS" ${ARGN})
	if(T_UNPARSED_ARGUMENTS OR NOT T_NAME)
		message(FATAL_ERROR "outrider_unit_test: wants NAME [SOURCES] [LIBS] "
			"[LABEL] [TIMEOUT] [ARGS], got ${ARGN}")
	endif()
	if(NOT T_LABEL)
		set(T_LABEL unit)
	endif()
	# A hang ends there; a machine with other work only takes longer.
	if(NOT T_TIMEOUT)
		set(T_TIMEOUT 300)
	endif()
	add_executable(test_${T_NAME} test_${T_NAME}.c ${T_SOURCES})
	target_link_libraries(test_${T_NAME} PRIVATE
		outrider_flags ${T_LIBS} PkgConfig::CMOCKA)
	target_include_directories(test_${T_NAME} PRIVATE
		${CMAKE_SOURCE_DIR}/tests/support)
	target_compile_definitions(test_${T_NAME} PRIVATE
		OUTRIDER_TEST_DATA="${CMAKE_CURRENT_SOURCE_DIR}")
	outrider_core_parts(parts test_${T_NAME})
	if(parts AND NOT T_ARGS)
		list(REMOVE_DUPLICATES parts)
		list(JOIN parts " " parts)
		set_property(GLOBAL APPEND_STRING PROPERTY OUTRIDER_CORE_TESTS
			"test_${T_NAME} ${parts}\n")
	endif()
	add_test(NAME ${T_LABEL}.${T_NAME} COMMAND test_${T_NAME} ${T_ARGS})
	outrider_register_test(${T_LABEL}.${T_NAME} ${T_LABEL} ${T_TIMEOUT})
endfunction()

function(outrider_integration_test)
	cmake_parse_arguments(T "" "NAME;LABEL;TIMEOUT" "COMMAND" ${ARGN})
	if(T_UNPARSED_ARGUMENTS OR NOT T_NAME OR NOT T_COMMAND)
		message(FATAL_ERROR "outrider_integration_test: wants NAME COMMAND "
			"[LABEL] [TIMEOUT], got ${ARGN}")
	endif()
	if(NOT T_LABEL)
		set(T_LABEL integration)
	endif()
	if(NOT T_TIMEOUT)
		set(T_TIMEOUT 300)
	endif()
	list(POP_FRONT T_COMMAND program)
	cmake_path(ABSOLUTE_PATH program)
	add_test(NAME ${T_LABEL}.${T_NAME} COMMAND ${program} ${T_COMMAND})
	outrider_register_test(${T_LABEL}.${T_NAME} ${T_LABEL} ${T_TIMEOUT})
endfunction()

function(outrider_fuzz_test)
	cmake_parse_arguments(T "" "NAME" "SOURCES;LIBS" ${ARGN})
	if(T_UNPARSED_ARGUMENTS OR NOT T_NAME)
		message(FATAL_ERROR "outrider_fuzz_test: wants NAME [SOURCES] "
			"[LIBS], got ${ARGN}")
	endif()
	add_executable(fuzz_${T_NAME} fuzz_${T_NAME}.c ${T_SOURCES})
	target_link_libraries(fuzz_${T_NAME} PRIVATE outrider_flags ${T_LIBS})
	target_include_directories(fuzz_${T_NAME} PRIVATE
		${CMAKE_SOURCE_DIR}/tests/support)
	set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${T_NAME})
	if(OUTRIDER_FUZZ)
		target_link_options(fuzz_${T_NAME} PRIVATE -fsanitize=fuzzer)
		add_test(NAME fuzz.${T_NAME} COMMAND fuzz_${T_NAME}
			-runs=20000 -max_total_time=60 -seed=1 ${CMAKE_CURRENT_BINARY_DIR}/found-${T_NAME} ${corpus})
		file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/found-${T_NAME})
	else()
		target_sources(fuzz_${T_NAME} PRIVATE
			${CMAKE_SOURCE_DIR}/tests/support/fuzz_replay.c)
		add_test(NAME fuzz.${T_NAME} COMMAND fuzz_${T_NAME} ${corpus})
	endif()
	outrider_register_test(fuzz.${T_NAME} fuzz 120)
endfunction()
