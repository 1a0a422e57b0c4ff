INSERT INTO views.t VALUES (1, 'a', NULL), (2, 'b', 1), (3, 'c', 2);
