INSERT INTO publications.a VALUES (1, 'x');
INSERT INTO publications.p VALUES (1), (2);
