CREATE SCHEMA wide_table;
DO $$
BEGIN
  EXECUTE (SELECT format('CREATE TABLE wide_table.t (%s)', string_agg(format('%I int', 'column; number ' || g), ', ')) FROM generate_series(1, 1590) g);
  EXECUTE (SELECT format('ALTER TABLE wide_table.t %s', string_agg(format('DROP COLUMN %I', 'column; number ' || g), ', ')) FROM generate_series(2, 40, 2) g);
  EXECUTE (SELECT format('CREATE VIEW wide_table.v AS SELECT * FROM wide_table.t'));
END $$;
