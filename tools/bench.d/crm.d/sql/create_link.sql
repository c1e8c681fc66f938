INSERT INTO link (target, kind, field, at_us, id) VALUES (?1, 4, 14, ?2, ?3);
