INSERT INTO row_security.tenant VALUES (1, 'row_security_app'), (2, 'row; reader');
INSERT INTO row_security.doc SELECT g, 1 + g % 2, 'b' || g, g % 5 = 0 FROM generate_series(1, 40) g;
