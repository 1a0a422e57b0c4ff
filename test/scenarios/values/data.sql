INSERT INTO "values".v (id, b, i2, i8, n, r, d, m, t, vc, c, n1, ch, by, ts, tz, da, ti, tt, iv, u, j, jb, x, ia, ta, p, l, ls, bx, pa, po, ci, ip, cd, ma, m8, bi, vb,
  ir, mr, tr, co, tv, tq, o, rc, rt, lsn, xd, jp)
SELECT k, k % 2 = 0, -32768, -9223372036854775808, 'NaN', 'Infinity', '-Infinity', '-$1,234.56',
  (ARRAY[E'tab\tnl\ncr\rbs\\ff\fvt\vbell\b', '\N', '\.', 'ünïcödé 日本語 🙂', E'\r\n', '"q", ''s''', repeat('long ', 3000), ''])[1 + k % 8],
  E'a\\b', 'c', 'n;ame', 'x', '\x00ff0a0d5c', 'infinity', '-infinity', '0044-03-15 BC', '24:00:00', '12:34:56.789+05:30', '1 year -2 mons +3 days -04:05:06.789',
  'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a" :  1, "a": 2}', '{"k": [1, null, "\u00e9\\n"]}', '<a>&lt;</a>', '[0:1]={1,NULL}', '{{"a,b",NULL},{"\"x\"","\\"}}',
  '(1.5,-2e-300)', '{1,2,3}', '[(0,0),(1,1)]', '(1,1),(0,0)', '[(0,0),(1,1)]', '((0,0),(1,1),(1,0))', '<(0,0),1>', '::ffff:1.2.3.4/128', '10.0.0.0/8',
  '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', B'10101', B'', 'empty', '{[1,2),[5,7)}', '["2020-01-01 00:00:00+00",)', ROW(1, E'x\ty')::"values".pair,
  'a:1A fat:2B,4C', 'fat & (rat | cat)', 4294967295, 'pg_class', 'int4', 'FFFFFFFF/FFFFFFFF', '18446744073709551615', '$."a"[*] ? (@ > 1)'
  FROM generate_series(0, 7) k;
INSERT INTO "values".v (id, n, r, d) VALUES (100, '123456789012345678901234567890.0123456789', 1e-45, 4.9e-324), (101, 0.1, 0.1, 0.1), (102, '-0.000', '-0', '-0');
INSERT INTO "values".v (id, da, ts, iv) VALUES (103, '5874897-12-31', '294276-12-31 23:59:59.999999', '-178000000 years');
INSERT INTO "values".v DEFAULT VALUES;
INSERT INTO "values".odd_arrays VALUES ('{}', '{NULL,"NULL",""}', ARRAY[ROW(1, 'a,"b"')::"values".pair, NULL]), ('{{{1}},{{2}}}', '{"{}"}', '{}');
