INSERT INTO statistics.t SELECT g, g / 2, 'x' || g % 5, date '2026-01-01' + g FROM generate_series(1, 200) g;
