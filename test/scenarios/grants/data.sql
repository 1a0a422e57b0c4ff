INSERT INTO grants.t VALUES (1, 'x', 'y');
REFRESH MATERIALIZED VIEW grants.by_key;
