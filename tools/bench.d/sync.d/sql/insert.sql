INSERT INTO card(id, card) VALUES(?1, ?2)
