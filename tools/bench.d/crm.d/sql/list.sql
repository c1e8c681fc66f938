SELECT * FROM companies
WHERE industry = ?1 AND display_name >= ?2 AND deleted_us = 0
ORDER BY display_name, id LIMIT 50;
