INSERT INTO operators.release SELECT ROW(g / 10, g % 10)::operators.version, 'r' || g FROM generate_series(1, 50) g;
