# Warnings, sanitizers and floating-point rules: link `outrider_flags` and get
# all of them; generated code links `outrider_flags_generated` and gets the
# last two only.
option(OUTRIDER_WERROR "warnings are errors" OFF)
set(OUTRIDER_SANITIZE "" CACHE STRING "e.g. address,undefined or thread")
option(OUTRIDER_FUZZ "build the libFuzzer targets (clang)" OFF)
option(OUTRIDER_COVERAGE "count what the tests reach" OFF)

add_library(outrider_flags_generated INTERFACE)
target_compile_definitions(outrider_flags_generated INTERFACE
	_POSIX_C_SOURCE=200809L)
target_compile_options(outrider_flags_generated INTERFACE
	# One result on every processor: see docs/decisions.md.
	-ffp-contract=off
	# Strict C makes gcc widen `float` on s390x, though nothing there is
	# wide; with x87 arithmetic num.c still refuses to compile.
	$<$<C_COMPILER_ID:GNU>:-fexcess-precision=fast>
	-fvisibility=hidden -fno-strict-aliasing
	-fstack-protector-strong)
if(OUTRIDER_SANITIZE)
	target_compile_options(outrider_flags_generated INTERFACE
		-fsanitize=${OUTRIDER_SANITIZE} -fno-omit-frame-pointer
		-fno-sanitize-recover=all)
	target_link_options(outrider_flags_generated INTERFACE
		-fsanitize=${OUTRIDER_SANITIZE})
endif()
if(OUTRIDER_FUZZ)
	target_compile_options(outrider_flags_generated INTERFACE
		-fsanitize=fuzzer-no-link)
endif()
if(OUTRIDER_COVERAGE)
	target_compile_options(outrider_flags_generated INTERFACE --coverage)
	target_link_options(outrider_flags_generated INTERFACE --coverage)
endif()

add_library(outrider_flags INTERFACE)
target_link_libraries(outrider_flags INTERFACE outrider_flags_generated)
target_compile_options(outrider_flags INTERFACE
	-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes
	-Wmissing-prototypes -Wold-style-definition -Wvla -Wformat=2 -Wundef
	-Wcast-align -Wimplicit-fallthrough -Wswitch-enum
	$<$<BOOL:${OUTRIDER_WERROR}>:-Werror>)
