INSERT INTO feed (place, id, kind, entered_rev, op)
VALUES (?1, ?2, 4, ?3, 1);
