INSERT INTO casts.measured VALUES (1, 21.5, 'ok'::casts.mood, ROW(1, 'x, "y"')::casts.pair), (2, NULL, NULL, NULL);
