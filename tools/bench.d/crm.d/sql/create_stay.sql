INSERT INTO stay (scope, kind, id, entered_rev, op, gone_rev)
VALUES (?1, 4, ?2, ?3, 1, 0);
