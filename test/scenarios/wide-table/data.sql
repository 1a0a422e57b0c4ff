INSERT INTO wide_table.t ("column; number 1", "column; number 800", "column; number 1590") VALUES (1, 2, 3), (4, NULL, 6);
