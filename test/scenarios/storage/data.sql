INSERT INTO storage.t SELECT g, 'p', repeat('e' || g, 2000), repeat('m', 900), repeat('packed ' || g, 5) FROM generate_series(1, 20) g;
INSERT INTO storage.fast VALUES ('k', 'v');
INSERT INTO storage.nothing DEFAULT VALUES;
INSERT INTO storage.nothing DEFAULT VALUES;
