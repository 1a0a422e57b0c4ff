INSERT INTO enums.t SELECT m, ARRAY[m, NULL, 'NULL'] FROM unnest(enum_range(NULL::enums.mood)) m WHERE m <> 'semi;colon';
INSERT INTO enums.hashed SELECT (enum_range(NULL::enums.mood))[1 + g % 11], g FROM generate_series(1, 100) g;
INSERT INTO enums.listed SELECT m FROM unnest(enum_range(NULL::enums.mood)) m;
INSERT INTO enums.ranged SELECT m FROM unnest(enum_range(NULL::enums.mood)) m;
