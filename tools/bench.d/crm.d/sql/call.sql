SELECT * FROM calls WHERE id = ?1;
