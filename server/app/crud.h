/*
 * The standard methods of all kinds: Create, Get, List, Update, Delete and
 * Undelete, through the tables.
 */
#ifndef APP_CRUD_H
#define APP_CRUD_H

#include "app/call.h"

/* Starts a call whose method is a standard one. */
call_start_fn crud_start;

#endif
