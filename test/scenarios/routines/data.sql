INSERT INTO routines.t VALUES (1, 'a'), (2, 'b');
INSERT INTO routines.uses SELECT g FROM generate_series(1, 9) g;
