INSERT INTO comments.t VALUES (1, 'x', '[1,2)');
REFRESH MATERIALIZED VIEW comments.m;
