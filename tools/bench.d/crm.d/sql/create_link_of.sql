INSERT INTO link_of (id, field, target) VALUES (?1, 14, ?2);
