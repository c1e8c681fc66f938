# Signals of made-up positions, on the phone and across entries.
outrider_unit_test(NAME spoof LIBS repday_parts)
outrider_unit_test(NAME visits_spoof LIBS sync_world)
outrider_unit_test(NAME clock_back LIBS rep TIMEOUT 300)
