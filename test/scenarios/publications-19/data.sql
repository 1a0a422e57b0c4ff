INSERT INTO publications_19.a VALUES (1), (2);
INSERT INTO publications_19.tree VALUES (3);
SELECT setval('publications_19.q', 42);
