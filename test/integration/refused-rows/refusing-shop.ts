/** Rows that were good when they came and would be refused today, or are refused only as long as other rows are missing. */

/** What a restore can make whole: the rows keep every constraint, once all of them are there. */
export const GOOD_IN_THE_END = `
  -- Looks into a table whose rows come after its own.
  CREATE TABLE public.zone (code text PRIMARY KEY);
  INSERT INTO zone VALUES ('north'), ('south');
  CREATE FUNCTION public.is_zone(text) RETURNS boolean LANGUAGE sql STABLE AS
    'SELECT EXISTS (SELECT FROM public.zone z WHERE z.code = $1)';
  CREATE TABLE public.address (id int PRIMARY KEY, zone text CONSTRAINT in_a_zone CHECK (public.is_zone(zone)));
  COMMENT ON CONSTRAINT in_a_zone ON address IS 'looks into another table';
  INSERT INTO address SELECT n, CASE n % 2 WHEN 0 THEN 'north' ELSE 'south' END FROM generate_series(1, 500) n;
  -- Finds nothing where the search path is empty.
  CREATE FUNCTION public.is_known(text) RETURNS boolean LANGUAGE plpgsql STABLE AS
    $$ BEGIN RETURN EXISTS (SELECT FROM zone z WHERE z.code = $1); END $$;
  CREATE TABLE public.parcel (id int PRIMARY KEY, zone text CHECK (public.is_known(zone)));
  INSERT INTO parcel VALUES (1, 'north'), (2, 'south');
  -- Two tables, each of which looks into the other one.
  CREATE TABLE public.left_hand (id int); CREATE TABLE public.right_hand (id int);
  INSERT INTO left_hand VALUES (1), (2); INSERT INTO right_hand VALUES (1), (2);
  CREATE FUNCTION public.has_left(int) RETURNS boolean LANGUAGE sql STABLE AS
    'SELECT EXISTS (SELECT FROM public.left_hand h WHERE h.id = $1)';
  CREATE FUNCTION public.has_right(int) RETURNS boolean LANGUAGE sql STABLE AS
    'SELECT EXISTS (SELECT FROM public.right_hand h WHERE h.id = $1)';
  ALTER TABLE left_hand ADD CHECK (public.has_right(id)); ALTER TABLE right_hand ADD CHECK (public.has_left(id));
  -- Looks into itself, through a constraint that it has inherited.
  CREATE TABLE public.node (id int, parent int); CREATE TABLE public.leaf () INHERITS (public.node);
  INSERT INTO leaf VALUES (1, NULL), (2, 1), (3, 2);
  CREATE FUNCTION public.is_node(int) RETURNS boolean LANGUAGE sql STABLE AS
    'SELECT $1 IS NULL OR EXISTS (SELECT FROM public.node n WHERE n.id = $1)';
  ALTER TABLE node ADD CONSTRAINT has_parent CHECK (public.is_node(parent));`;

/** What no restore can make as it was: the constraint is violated by rows that are there. */
export const BROKEN_FOR_GOOD = `
  CREATE FUNCTION public.is_small(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
  CREATE TABLE public.amount (id int PRIMARY KEY, v int, CONSTRAINT stays_small CHECK (public.is_small(v)), CHECK (id > 0));
  INSERT INTO amount SELECT n, n FROM generate_series(1, 20) n;
  CREATE DOMAIN public.small AS int CONSTRAINT of_domain CHECK (public.is_small(VALUE));
  CREATE TABLE public.with_domain (id int, v public.small, many public.small[]);
  INSERT INTO with_domain VALUES (1, 50, '{60,70}');
  -- Refused by the same constraint: for one of the two it is already gone.
  CREATE TYPE public.pair AS (a public.small, b text);
  CREATE TABLE public.with_pair (id int, p public.pair);
  INSERT INTO with_pair VALUES (1, '(80,x)'), (2, '(3,y)');
  CREATE OR REPLACE FUNCTION public.is_small(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 < 10';
  CREATE FUNCTION public.half(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN $1 / 2; END';
  CREATE TABLE public.computed (id int, h int GENERATED ALWAYS AS (public.half(id)) STORED);
  INSERT INTO computed VALUES (2), (4);
  CREATE OR REPLACE FUNCTION public.half(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
    $$ BEGIN RAISE EXCEPTION 'no longer'; END $$;
  CREATE FUNCTION public.name_of(int) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1::text';
  CREATE TABLE public.never_null (id int, n text GENERATED ALWAYS AS (public.name_of(id)) STORED NOT NULL);
  CREATE TABLE public.unique_name (id int); CREATE UNIQUE INDEX one_name ON unique_name (public.name_of(id));
  CREATE TABLE public.exclusive (id int, CONSTRAINT no_two EXCLUDE (public.name_of(id) WITH =));
  INSERT INTO never_null VALUES (1), (2); INSERT INTO unique_name VALUES (1), (2); INSERT INTO exclusive VALUES (1), (2);
  CREATE OR REPLACE FUNCTION public.name_of(int) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT CASE WHEN $1 > 0 THEN 'x' END $$;
  CREATE FUNCTION public.bucket(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
  CREATE TABLE public.tree (id int) PARTITION BY RANGE (public.bucket(id));
  CREATE TABLE public.tree_low PARTITION OF public.tree FOR VALUES FROM (1) TO (100);
  INSERT INTO tree VALUES (1), (2);
  CREATE OR REPLACE FUNCTION public.bucket(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1000';
  CREATE TABLE public.parent (id int PRIMARY KEY); CREATE TABLE public.child (id int, parent int CONSTRAINT to_parent REFERENCES parent);
  INSERT INTO parent VALUES (1); SET session_replication_role = replica;
  INSERT INTO child VALUES (1, 1), (2, 99); RESET session_replication_role;`;

/** The tables of both, and how many rows each has. */
export const ROWS: Readonly<Record<string, number>> = {
  address: 500,
  amount: 20,
  child: 2,
  computed: 2,
  exclusive: 2,
  leaf: 3,
  left_hand: 2,
  never_null: 2,
  node: 0,
  parcel: 2,
  parent: 1,
  right_hand: 2,
  tree_low: 2,
  unique_name: 2,
  with_domain: 1,
  with_pair: 2,
  zone: 2,
};

/** What cannot be made as it was, and what is made instead, as reports tell it; … stands for anything. */
export const FAILED: readonly string[] = [
  'column h on public.computed: ALTER TABLE ALTER COLUMN ADD GENERATED: …the column is an ordinary one here',
  'constraint no_two on public.exclusive: ALTER TABLE ADD CONSTRAINT: …could not create exclusion constraint "no_two"',
  'constraint of_domain on public.small: ALTER DOMAIN ADD CONSTRAINT: …it is NOT VALID here',
  'constraint stays_small on public.amount: ALTER TABLE ADD CONSTRAINT: …it is NOT VALID here',
  'constraint to_parent on public.child: ALTER TABLE ADD CONSTRAINT: …violates foreign key constraint "to_parent"',
  'index one_name on public.unique_name: CREATE INDEX: …could not create unique index "one_name"',
  'table public.tree_low: ALTER TABLE ATTACH PARTITION: …the rows are kept without it',
];
