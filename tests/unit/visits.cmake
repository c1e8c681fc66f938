# Visits on the server: evidence, findings, and what they do to other records.
outrider_unit_test(NAME bundle_parts LIBS sync_world)
outrider_unit_test(NAME meetings LIBS desk_test)
outrider_unit_test(NAME places_learn LIBS outrider_app m)
outrider_unit_test(NAME visit_facts LIBS sync_world m TIMEOUT 120)
outrider_unit_test(NAME visit_group LIBS outrider_app)
