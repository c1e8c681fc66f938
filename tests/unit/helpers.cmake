# What the phone works out for its rep: who is near, in which order to drive,
# birthdays, promises, and who calls.
outrider_unit_test(NAME route LIBS outrider_model)
outrider_unit_test(NAME handle LIBS outrider_model)
