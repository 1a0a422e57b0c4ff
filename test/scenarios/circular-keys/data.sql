SET CONSTRAINTS ALL DEFERRED;
INSERT INTO circular_keys.team VALUES (1, 2), (2, 1);
INSERT INTO circular_keys.person VALUES (1, 1, NULL), (2, 2, 1), (3, 1, 3);
INSERT INTO circular_keys.a VALUES (1, NULL);
INSERT INTO circular_keys.b VALUES (1, 1);
UPDATE circular_keys.a SET b = 1;
