SELECT target FROM link_of WHERE id = ?1 AND field = 14;
