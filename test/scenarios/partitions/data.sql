INSERT INTO partitions.event SELECT g, date '2023-11-01' + g * 9, (ARRAY['a', 'b', 'c', NULL])[1 + g % 4], '{"a": 1}' FROM generate_series(1, 120) g;
INSERT INTO partitions.listed VALUES (1, 'A'), (2, 'It''s; B'), (3, 'zebra'), (4, NULL);
INSERT INTO partitions.pairs SELECT g, '2025-12-30 00:00+00'::timestamptz + g * interval '1 day' FROM generate_series(1, 9) g;
INSERT INTO partitions.note SELECT id, at, 'n' FROM partitions.event LIMIT 10;
