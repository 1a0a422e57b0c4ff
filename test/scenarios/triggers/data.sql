INSERT INTO triggers.t VALUES (1, 'x', 'y'), (2, 'gone;', NULL);
