INSERT INTO types.t VALUES (1, ROW('A "b"', ARRAY[ROW('s\t', 1, 'x')::types.address], ROW('s', 2, NULL)), NULL, '[1.5,2)', '{[1,2),[3,4]}', '[a,z)', '{[a,b)}', '7', '{1,2}'),
  (2, NULL, '{}', 'empty', '{}', NULL, NULL, NULL, NULL);
INSERT INTO types.typed VALUES ('main', 1, 'town');
