/*
 * Kinds by their numbers on the wire, that tests of either side write.
 */
#ifndef WIRE_KINDS_H
#define WIRE_KINDS_H

enum { CONTACT = 4 };

#endif
