SELECT kind, id FROM handle WHERE type = ?1 AND text = ?2 LIMIT 30;
