INSERT INTO domains.t VALUES (ROW(1, 'x,"y"'), ARRAY[ROW(1, NULL)::domains.pair, NULL], ARRAY[ROW(2, 'b')::domains.good_pair], 5, 'q@r', '[1,3)', '{a@b,NULL}'),
  (NULL, NULL, NULL, 1, NULL, NULL, '{}');
