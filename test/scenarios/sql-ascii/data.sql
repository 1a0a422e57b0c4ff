INSERT INTO sql_ascii.t VALUES (1, 'ünïcödé'), (2, 'plain');
