PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE card(id BLOB PRIMARY KEY, card BLOB NOT NULL);
