INSERT INTO change (rev, at_us, kind, id, op, actor, device, incarnation, seq,
	hlc, verbatim, patch)
VALUES (?1, ?2, 4, ?3, 1, ?4, NULL, NULL, 0, ?2, 0, ?5);
