CREATE SCHEMA child_not_null;
SET search_path = child_not_null, public;
CREATE TABLE base (id int, note text, "Not; Null)" text);
CREATE TABLE other (extra int, note text);
-- Nothing of its own but that.
CREATE TABLE kid () INHERITS (base);
ALTER TABLE kid ALTER COLUMN note SET NOT NULL;
-- Two, a column and a constraint of its own between them, and a child below.
CREATE TABLE "Odd (kid" (own text NOT NULL DEFAULT 'NOT NULL note', CHECK (id <> 7)) INHERITS (base);
ALTER TABLE "Odd (kid" ALTER COLUMN id SET NOT NULL, ALTER COLUMN "Not; Null)" SET NOT NULL;
ALTER TABLE "Odd (kid" ALTER COLUMN note SET STATISTICS 7;
-- From 18 on they have names, which the table's and the column's make: as these stand a backup refuses them (source-unquoted-name).
DO $$
DECLARE one record;
BEGIN
  IF current_setting('server_version_num')::int < 180000 THEN RETURN; END IF;
  FOR one IN SELECT conname, row_number() OVER (ORDER BY conname) AS number FROM pg_constraint
              WHERE conrelid = '"Odd (kid"'::regclass AND contype = 'n' AND conislocal AND conname ~ '^Odd' LOOP
    EXECUTE format('ALTER TABLE "Odd (kid" RENAME CONSTRAINT %I TO %I', one.conname, format('Odd Kid (%s)', one.number));
  END LOOP;
END $$;
CREATE TABLE grandchild (last int) INHERITS ("Odd (kid");
ALTER TABLE grandchild ALTER COLUMN note SET NOT NULL;
-- By a key.
CREATE TABLE keyed (PRIMARY KEY (id)) INHERITS (base);
CREATE TABLE keyed_below () INHERITS (keyed);
-- Of a column that two parents have.
CREATE TABLE merged () INHERITS (base, other);
ALTER TABLE merged ALTER COLUMN note SET NOT NULL, ALTER COLUMN extra SET NOT NULL;
CREATE UNLOGGED TABLE scratch (CONSTRAINT scratch_note_check CHECK (note <> '')) INHERITS (base);
ALTER TABLE scratch ALTER COLUMN note SET NOT NULL;
-- Of its own columns: nothing to be changed.
CREATE TABLE plain (id int NOT NULL, note text CONSTRAINT named_by_hand NOT NULL, CONSTRAINT "NOT NULL" CHECK (id IS NOT NULL));
