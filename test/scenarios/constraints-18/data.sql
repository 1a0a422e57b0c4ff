INSERT INTO constraints_18.modern VALUES (-1, 'x', NULL), (2, 'y', 'z');
INSERT INTO constraints_18.friend VALUES (99);
INSERT INTO constraints_18.booked VALUES ('[1,2)', '[2026-01-01,2026-02-01)'), ('[1,2)', '[2026-02-01,2026-03-01)');
INSERT INTO constraints_18.guests VALUES ('[1,2)', '[2026-01-15,2026-02-15)', 'a');
ALTER TABLE constraints_18.modern ADD CONSTRAINT later_given NOT NULL later NOT VALID;
