SELECT * FROM companies WHERE id = ?1;
