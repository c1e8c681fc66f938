INSERT INTO contacts (id, rev, owner, team, created_us, updated_us, deleted_us,
	frev, scopes, given_name, family_name, position, company_ids, phones, emails)
VALUES (?1, ?2, ?3, ?4, ?5, ?5, 0, ?6, ?7, ?8, ?9, 'buyer', ?10, ?11, ?12);
