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

/* A form that a contact's answers were filled into, and what the entry of that
 * would be; NULL: there is nobody to ask, or no form. */
struct outrider_edit *forms_begin(struct phone *phone, struct edit *entry);

/* The text that somebody wrote into a form's answers; or "". */
void form_text(char out[40], struct bytes answers);

#endif
