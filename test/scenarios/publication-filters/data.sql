INSERT INTO publication_filters.a SELECT g, 'x', 'y' FROM generate_series(1, 9) g;
