INSERT INTO generated_stored.t (a, b) SELECT g, 'word ' || g FROM generate_series(1, 30) g;
INSERT INTO generated_stored.child (a, b, c) VALUES (100, 'child', 1);
INSERT INTO generated_stored.only_generated DEFAULT VALUES;
INSERT INTO generated_stored.only_generated DEFAULT VALUES;
INSERT INTO generated_stored.p VALUES (1, 2), (1, 3);
