SELECT at_us, kind, id FROM link WHERE target = ?1
ORDER BY at_us DESC, kind DESC, id DESC LIMIT 50;
