INSERT INTO identity.always (x) SELECT 'x' FROM generate_series(1, 20);
INSERT INTO identity.by_default (x) VALUES ('a'), ('b');
INSERT INTO identity.serials DEFAULT VALUES;
INSERT INTO identity.dropped (x) VALUES ('a');
SELECT nextval('identity.free'), setval('identity.owned', 77, false), nextval('identity.down'), setval('identity."own; name"', -7);
