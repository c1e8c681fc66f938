# Who may do what: docs/app.md.
outrider_unit_test(NAME rights LIBS sync_world)
