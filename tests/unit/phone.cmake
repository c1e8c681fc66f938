# The phone's core: vault, replica, cards, sync.
# A host for the phone's core that the test holds in its hands.
add_library(phone_host STATIC ${CMAKE_SOURCE_DIR}/tests/support/phone_host.c)
target_link_libraries(phone_host PRIVATE outrider_flags
	PUBLIC outrider_core outrider_schema outrider_model PkgConfig::CMOCKA)
target_include_directories(phone_host PUBLIC ${CMAKE_SOURCE_DIR}/tests/support
	${CMAKE_SOURCE_DIR}/mobile-core/src)
# The same on a disk in memory, whose power can go.
add_library(powered STATIC
	${CMAKE_SOURCE_DIR}/tests/support/powered.c
	${CMAKE_SOURCE_DIR}/tests/support/test_disk.c
	${CMAKE_SOURCE_DIR}/tests/support/test_vfs.c)
target_link_libraries(powered PRIVATE outrider_flags
	PUBLIC phone_host cheap_pin PkgConfig::SQLITE)
outrider_unit_test(NAME log_file LIBS powered outrider_disk)
outrider_unit_test(NAME phone_conflicts LIBS phone_host cheap_pin)
outrider_unit_test(NAME phone_life LIBS phone_host cheap_pin)
outrider_unit_test(NAME phone_sync LIBS phone_host cheap_pin)
outrider_unit_test(NAME phone_trouble LIBS phone_host cheap_pin)
outrider_unit_test(NAME phone_watch LIBS phone_host cheap_pin)
outrider_unit_test(NAME vault LIBS phone_host)
outrider_unit_test(NAME vault_aead LIBS phone_host PkgConfig::SODIUM)
outrider_unit_test(NAME row_ahead LIBS phone_host cheap_pin)
outrider_unit_test(NAME phone_disk LIBS powered TIMEOUT 300)
outrider_unit_test(NAME phone_memory LIBS powered)
outrider_unit_test(NAME phone_proof LIBS phone_host cheap_pin)
outrider_unit_test(NAME phone_renewal LIBS powered)
outrider_unit_test(NAME phone_rest LIBS phone_host cheap_pin)
outrider_unit_test(NAME find LIBS phone_host cheap_pin)
outrider_unit_test(NAME form LIBS phone_host cheap_pin)
outrider_unit_test(NAME field_names LIBS outrider_core)
outrider_unit_test(NAME files LIBS phone_host cheap_pin)
outrider_unit_test(NAME files_fetch LIBS phone_host cheap_pin)
outrider_unit_test(NAME files_trouble LIBS powered)
outrider_unit_test(NAME questionnaire LIBS phone_host cheap_pin)
outrider_unit_test(NAME replica LIBS phone_host PkgConfig::SQLITE)
outrider_unit_test(NAME own_process LIBS phone_host cheap_pin PkgConfig::SQLITE)
outrider_unit_test(NAME mend LIBS phone_host cheap_pin PkgConfig::SQLITE TIMEOUT 300)
outrider_unit_test(NAME phone_upgrade LIBS phone_host cheap_pin PkgConfig::SQLITE)
outrider_unit_test(NAME phone_keys LIBS powered TIMEOUT 300)
outrider_unit_test(NAME phone_wipe LIBS powered TIMEOUT 300)
outrider_unit_test(NAME attacker
	LIBS phone_host cheap_pin PkgConfig::SQLITE TIMEOUT 300)
