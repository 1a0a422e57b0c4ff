INSERT INTO since_17.t (at) VALUES ('2024-02-03'), ('2024-02-04');
INSERT INTO since_17.m VALUES (1, 'Ä'), (2, 'z');
