/*
 * What phones and others write in the small firm of sync_world.h, said as text
 * (text_form.h), and what stands then.
 */
#ifndef WORLD_TEXT_H
#define WORLD_TEXT_H

#include "sync_world.h"
#include "text_form.h"

/* A phone's edit, a millisecond after its last; returns the mutation's number.
 */
uint64_t world_say(struct model_phone *p, enum model_op op, uint32_t kind,
		   const struct uuid *id, const char *text);
/* The server's own hand, and a second on either side of it; a cleared field
 * of 0 is none. */
void world_others_say(struct world *w, uint32_t kind, const struct uuid *id,
		      const char *text, uint32_t cleared);
/* The fields that the text says, to be freed. */
struct fields world_said(uint32_t kind, const char *text);
/* A value of the record as it stands, such as "lines[0].total_minor". */
void world_stands(struct world *w, uint32_t kind, const struct uuid *id,
		  const char *path, const char *value);

/* A call at a desk, such as "CustomFieldService/CreateCustomField", as the
 * administrator; returns the id of its record, or zeros. */
struct uuid world_desk(struct world *w, const char *path, const char *text);

#endif
