/*
 * Questionnaires of the simulated firm: one form, which the desk changes while
 * reps have it filled in without a network.
 */
#ifndef SIM_FORMS_H
#define SIM_FORMS_H

#include "world.h"

bool forms_found(struct world *world);

/* It asks more from now on, or less, or insists. */
void desk_change_form(struct phone *phone);
void rep_fill_form(struct phone *phone);
/* One that was filled in before, sent or not. */
void rep_change_answer(struct phone *phone);

/* The text that somebody wrote into a form's answers; or "". */
void form_text(char out[40], struct bytes answers);

#endif
