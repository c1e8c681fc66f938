INSERT INTO handle (id, field, type, text, kind) VALUES (?1, ?2, ?3, ?4, 4)
ON CONFLICT DO NOTHING;
