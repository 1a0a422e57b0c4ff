CREATE SCHEMA many_tables;
DO $$
BEGIN
  FOR n IN 1..100 LOOP
    EXECUTE format('CREATE TABLE many_tables.t%s (id int PRIMARY KEY, ref int, body text DEFAULT %L)', n, 'x;' || n);
    EXECUTE format('INSERT INTO many_tables.t%s SELECT g, g FROM generate_series(1, 3) g', n);
    IF n > 1 THEN EXECUTE format('ALTER TABLE many_tables.t%s ADD FOREIGN KEY (ref) REFERENCES many_tables.t%s', n, n - 1); END IF;
  END LOOP;
END $$;
