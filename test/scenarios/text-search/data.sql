INSERT INTO text_search.page (id, body) SELECT g, 'The quick foxes are running over dog number ' || g FROM generate_series(1, 40) g;
