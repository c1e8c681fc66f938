SELECT kind, id FROM link WHERE target = ?1 AND kind IN (13, 17, 21, 22)
ORDER BY at_us DESC LIMIT 1;
