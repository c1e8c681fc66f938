WITH RECURSIVE past (rev) AS (SELECT rev FROM contacts WHERE id = ?1
	UNION ALL SELECT before_rev FROM past JOIN change USING (rev)
	WHERE before_rev > 0)
SELECT * FROM past JOIN change USING (rev) LIMIT 50;
