INSERT INTO child_not_null.base VALUES (1, NULL, NULL);
INSERT INTO child_not_null.kid SELECT g, 'n' || g, NULL FROM generate_series(1, 10) g;
INSERT INTO child_not_null."Odd (kid" VALUES (1, NULL, 'x', 'y');
INSERT INTO child_not_null.grandchild VALUES (2, 'n', 'x', 'y', 3);
INSERT INTO child_not_null.keyed VALUES (1, NULL, NULL);
INSERT INTO child_not_null.keyed_below VALUES (1, NULL, NULL);
INSERT INTO child_not_null.merged VALUES (1, 'n', NULL, 4);
INSERT INTO child_not_null.scratch VALUES (1, 'n', NULL);
INSERT INTO child_not_null.plain VALUES (1, 'n');
