INSERT INTO generated_virtual.t (a, b) SELECT g, 'w' || g FROM generate_series(1, 10) g;
INSERT INTO generated_virtual.p VALUES (1, 2);
