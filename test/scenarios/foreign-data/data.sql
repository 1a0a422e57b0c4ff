INSERT INTO foreign_data.event VALUES (1, 'a'), (2, 'b');
INSERT INTO foreign_data.parent VALUES (1);
