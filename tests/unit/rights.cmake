# Who may do what: docs/app.md.
outrider_unit_test(NAME rights LIBS sync_world)
outrider_unit_test(NAME service_accounts LIBS sync_world)
outrider_unit_test(NAME sharing LIBS sync_world)
outrider_unit_test(NAME sync_rights LIBS sync_world)
