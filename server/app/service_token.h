/*
 * Access tokens of service accounts: made by administrators, shown once.
 */
#ifndef APP_SERVICE_TOKEN_H
#define APP_SERVICE_TOKEN_H

#include "app/call.h"

call_start_fn service_token_create;

#endif
