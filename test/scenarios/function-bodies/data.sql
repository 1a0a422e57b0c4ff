INSERT INTO function_bodies.victim VALUES (1), (2);
INSERT INTO function_bodies.defaults VALUES (E'\\.', E'\n\\.\n'), (DEFAULT, DEFAULT);
