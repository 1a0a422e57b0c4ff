/** One of each kind of table that changes can be captured of, and some that stay outside. */
export const SOURCE_SCHEMA = `
CREATE TABLE accounts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, owner text NOT NULL, balance numeric NOT NULL,
  doubled numeric GENERATED ALWAYS AS (balance * 2) STORED);
CREATE TABLE documents (id int PRIMARY KEY, title text, body text, notes jsonb, stamp timestamptz);
ALTER TABLE documents ALTER body SET STORAGE EXTERNAL;
CREATE TABLE keys (key text PRIMARY KEY, value int, body text);
ALTER TABLE keys ALTER body SET STORAGE EXTERNAL;
CREATE TABLE parts (id int, region int, value text, PRIMARY KEY (id, region)) PARTITION BY RANGE (region);
CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (10);
CREATE TABLE parts_high PARTITION OF parts FOR VALUES FROM (10) TO (20);
CREATE TABLE events (kind text, detail json, place point, big text);
ALTER TABLE events REPLICA IDENTITY FULL;
CREATE TABLE slots (id int PRIMARY KEY, slot int UNIQUE DEFERRABLE INITIALLY DEFERRED, value real);
CREATE TABLE by_index (a int NOT NULL, b text NOT NULL, c text, id serial PRIMARY KEY);
CREATE UNIQUE INDEX by_index_key ON by_index (a, b);
ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_key;
CREATE TABLE emptied (id int PRIMARY KEY, value text);
CREATE TABLE children (id serial PRIMARY KEY, account bigint REFERENCES accounts ON DELETE CASCADE, at timestamptz DEFAULT now());
CREATE TABLE untouched (id int PRIMARY KEY, "odd Name" bytea);
CREATE SEQUENCE tickets;
CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.owner := NEW.owner || '!'; RETURN NEW; END$$;
CREATE TRIGGER guard BEFORE INSERT ON accounts FOR EACH ROW EXECUTE FUNCTION guard();
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS accounts, sum(balance) AS balance FROM accounts;
INSERT INTO accounts (owner, balance) SELECT 'owner ' || n, 1000 FROM generate_series(1, 40) n;
INSERT INTO documents SELECT n, 'title ' || n, repeat(md5(n::text), 300), jsonb_build_object('n', n), now() FROM generate_series(1, 30) n;
INSERT INTO keys SELECT 'key ' || n, n, repeat(md5(n::text), 200) FROM generate_series(1, 30) n;
INSERT INTO parts SELECT n, n % 20, 'value ' || n FROM generate_series(1, 60) n;
INSERT INTO events SELECT 'kind ' || n % 3, '{"a": 1}', point(n % 2, 1), CASE WHEN n % 5 = 0 THEN repeat(md5('x'), 300) END FROM generate_series(1, 30) n;
INSERT INTO slots SELECT n, n, n / 3.0 FROM generate_series(1, 20) n;
INSERT INTO by_index (a, b, c) SELECT n, 'b' || n, 'c' FROM generate_series(1, 20) n;
INSERT INTO emptied SELECT n, 'v' FROM generate_series(1, 10) n;
INSERT INTO children (account) SELECT n FROM generate_series(1, 20) n;
INSERT INTO untouched VALUES (1, '\\x00ff0a');
`;

/** The tables whose changes are captured, as they hold rows. */
export const COVERED = [
  'accounts',
  'documents',
  'keys',
  'parts_low',
  'parts_high',
  'events',
  'slots',
  'by_index',
  'emptied',
  'children',
  'untouched',
] as const;
