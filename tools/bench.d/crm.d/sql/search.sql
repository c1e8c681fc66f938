SELECT search_doc.kind, search_doc.id
FROM search_text CROSS JOIN search_doc ON search_doc.rev = search_text.rowid
WHERE search_text MATCH ?1 ORDER BY search_text.rowid DESC LIMIT 20;
