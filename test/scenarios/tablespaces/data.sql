INSERT INTO tablespaces.hot SELECT g, 'body ' || g FROM generate_series(1, 100) g;
INSERT INTO tablespaces.cold SELECT g, g FROM generate_series(1, 50) g;
INSERT INTO tablespaces.tree SELECT g, g % 20 FROM generate_series(1, 60) g;
INSERT INTO tablespaces.after VALUES (1);
REFRESH MATERIALIZED VIEW tablespaces.hottest;
