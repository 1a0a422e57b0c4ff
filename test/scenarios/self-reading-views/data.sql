INSERT INTO self_reading_views.item SELECT n, 'name ' || n, n, 'words ' || n FROM generate_series(1, 3) n;
