INSERT INTO since_19.t VALUES (1, '2026-01-01', NULL), (2, '2026-01-02', 'Ä'), (3, '2026-01-03', NULL);
INSERT INTO since_19.lone VALUES (1), (2);
INSERT INTO since_19.numbered VALUES ('18446744073709551615', 'postgres', '10.0.0.1'), ('0', NULL, '::1');
INSERT INTO since_19.paths VALUES (1, '$.name.btrim()'), (2, '$[*].a'), (3, NULL);
INSERT INTO since_19.paths_by_default DEFAULT VALUES;
INSERT INTO since_19.checked VALUES (-1);
