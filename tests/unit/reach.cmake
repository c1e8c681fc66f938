# How people are reached: docs/reach.md.
outrider_unit_test(NAME phone_number LIBS outrider_phone Threads::Threads)
