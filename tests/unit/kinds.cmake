# Every kind x every method, filter and right, out of the tables; and once more
# over a contract that has one kind more, tests/support/gadget.proto: nothing
# but the tables is made anew for it, and no line of a test knows it.
set(fixture_gen ${CMAKE_BINARY_DIR}/gen-fixture)
file(MAKE_DIRECTORY ${fixture_gen})
file(GLOB contract RELATIVE ${CMAKE_SOURCE_DIR}/proto CONFIGURE_DEPENDS
	${CMAKE_SOURCE_DIR}/proto/outrider/v1/*.proto)
list(TRANSFORM contract PREPEND ${CMAKE_SOURCE_DIR}/proto/
	OUTPUT_VARIABLE contract_files)
set(fixture ${CMAKE_SOURCE_DIR}/tests/support/gadget.proto)

add_custom_command(OUTPUT ${fixture_gen}/outrider.pb
	COMMAND ${PROTOC} -I${CMAKE_SOURCE_DIR}/proto -I${PROTOBUF_INCLUDE}
		-I${CMAKE_SOURCE_DIR}/tests/support --include_imports
		--include_source_info
		--descriptor_set_out=${fixture_gen}/outrider.pb
		${contract} gadget.proto
	DEPENDS ${contract_files} ${fixture}
	COMMENT "protoc: the contract and a kind of the tests"
	VERBATIM)
add_custom_command(
	OUTPUT ${fixture_gen}/schema.c ${fixture_gen}/schema_ddl.c
		${fixture_gen}/schema_ddl.h
	COMMAND crmgen --descriptor-set ${fixture_gen}/outrider.pb
		--out ${fixture_gen}
	DEPENDS crmgen ${fixture_gen}/outrider.pb
	COMMENT "crmgen: tables of the contract and a kind of the tests"
	VERBATIM)
# Objects: they stand in front of outrider_schema's, whose are not asked for.
add_library(schema_with_gadget OBJECT ${fixture_gen}/schema.c
	${fixture_gen}/schema_ddl.c ${fixture_gen}/schema_ddl.h
	${CMAKE_SOURCE_DIR}/mobile-core/model/schema.c)
target_include_directories(schema_with_gadget PRIVATE ${fixture_gen})
target_link_libraries(schema_with_gadget PRIVATE outrider_flags outrider_model)

add_library(kind_population STATIC
	${CMAKE_SOURCE_DIR}/tests/support/field_oracle.c
	${CMAKE_SOURCE_DIR}/tests/support/kind_filters.c
	${CMAKE_SOURCE_DIR}/tests/support/kind_firm.c
	${CMAKE_SOURCE_DIR}/tests/support/kind_population.c)
target_link_libraries(kind_population PRIVATE outrider_flags
	PUBLIC app_harness)

# The test that is there, over the contract with the gadget.
function(outrider_gadget_test name)
	add_executable(test_${name}_gadget test_${name}.c
		$<TARGET_OBJECTS:schema_with_gadget>)
	target_link_libraries(test_${name}_gadget PRIVATE outrider_flags
		kind_population PkgConfig::CMOCKA)
	target_include_directories(test_${name}_gadget PRIVATE
		${CMAKE_SOURCE_DIR}/tests/support)
	add_test(NAME unit.${name}_gadget COMMAND test_${name}_gadget)
	outrider_register_test(unit.${name}_gadget unit 300)
endfunction()

outrider_unit_test(NAME kinds_filters LIBS kind_population TIMEOUT 300)
outrider_unit_test(NAME kinds_hidden LIBS kind_population TIMEOUT 300)
outrider_unit_test(NAME kinds_orders LIBS kind_population TIMEOUT 300)
outrider_unit_test(NAME kinds_rights LIBS kind_population TIMEOUT 300)
outrider_gadget_test(crud)
outrider_gadget_test(crud_update)
outrider_gadget_test(kinds_filters)
outrider_gadget_test(kinds_hidden)
outrider_gadget_test(kinds_orders)
outrider_gadget_test(kinds_rights)
