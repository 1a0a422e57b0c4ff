INSERT INTO rules.present VALUES (1, 'a'), (2, 'b');
DELETE FROM rules.present WHERE id = 1;
UPDATE rules.item SET name = 'c' WHERE id = 2;
