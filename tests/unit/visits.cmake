# Visits on the server: evidence, findings, and what they do to other records.
outrider_unit_test(NAME bundle_parts LIBS sync_world)
