INSERT INTO feed (scope, kind, id, rev, entered_rev, op)
VALUES (?1, 4, ?2, ?3, ?3, 1);
