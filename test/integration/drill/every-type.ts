/**
 * A database with every kind of value that COPY must carry, and the kinds of objects that a product's schema has. Works on
 * 14 and later, for a superuser.
 */
export const EVERY_TYPE = String.raw`
CREATE EXTENSION citext;
CREATE EXTENSION hstore;
CREATE EXTENSION pg_trgm;
CREATE EXTENSION "uuid-ossp";
CREATE EXTENSION pgcrypto;
CREATE ROLE app_reader NOLOGIN;
CREATE ROLE app_writer NOLOGIN IN ROLE app_reader;
CREATE SCHEMA "Odd Schema.""x""" AUTHORIZATION app_writer;

CREATE TYPE mood AS ENUM ('sad', 'it''s ok', 'very "happy"', '');
CREATE TYPE pair AS (a int, b text);
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN pairs AS pair[];
CREATE TYPE span AS RANGE (subtype = float8, subtype_diff = float8mi);

CREATE TABLE every_type (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dropped int,
  b boolean, i2 smallint, i4 int, i8 bigint, n numeric, n2 numeric(10, 3), r real, d double precision, m money,
  t text, vc varchar(20), c char(5), ct citext, by bytea, ts timestamp, tz timestamptz, da date, ti time, tt timetz,
  iv interval, u uuid, j json, jb jsonb, x xml, ia int[], ta text[][], p point, l line, ls lseg, bx box, pa path, po polygon,
  ci circle, ip inet, cd cidr, ma macaddr, m8 macaddr8, bi bit(5), vb bit varying, ir int4range, nr numrange, mr int4multirange,
  tr tstzrange, e mood, co pair, dp positive, dps pairs, sp span, h hstore, tv tsvector, tq tsquery, o oid, rc regclass,
  lsn pg_lsn, doubled int GENERATED ALWAYS AS (i4 * 2) STORED
);
ALTER TABLE every_type DROP COLUMN dropped;
INSERT INTO every_type (b, t) VALUES (NULL, NULL);
INSERT INTO every_type (b, t, vc, by, ta, ia) VALUES (true, '', '', '', '{}', '{}');
INSERT INTO every_type (b, i2, i4, i8, n, n2, r, d, m, t, vc, c, ct, by, ts, tz, da, ti, tt, iv, u, j, jb, x, ia, ta, p, l, ls,
  bx, pa, po, ci, ip, cd, ma, m8, bi, vb, ir, nr, mr, tr, e, co, dp, dps, sp, h, tv, tq, o, rc, lsn)
SELECT k % 2 = 0, -32768, 2147483647 / (k + 1) / 2, -9223372036854775808, 'NaN', 1234567.891, 'Infinity', '-Infinity', '$1,234.56',
  (ARRAY[E'tab\tnl\ncr\rbs\\\\ff\fvt\vbell\b', '\N', '\.', 'ünïcödé 日本語 🙂', E'\r\n', '"quoted", ''single''', repeat('long ', 5000),
         '-- Name: x; Type: TABLE; Schema: public'])[1 + k % 8],
  E'a\\b', 'c', 'MiXeD', '\x00ff0a0d5c', 'infinity', '-infinity', '0044-03-15 BC', '24:00:00', '12:34:56.789+05:30',
  '1 year -2 mons +3 days -04:05:06.789', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a" :  1, "a": 2}', '{"k": [1, null, "\u00e9\\n"]}',
  '<a>&lt;</a>', '{1,NULL,3}', '{{"a,b",NULL},{"\"x\"","\\"}}', '(1.5,-2e-300)', '{1,2,3}', '[(0,0),(1,1)]', '(1,1),(0,0)', '[(0,0),(1,1)]',
  '((0,0),(1,1),(1,0))', '<(0,0),1>', '::ffff:1.2.3.4/128', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', B'10101', B'',
  'empty', '(,5]', '{[1,2),[5,7)}', '["2020-01-01 00:00:00+00",)', (ARRAY['sad', 'it''s ok', 'very "happy"', '']::mood[])[1 + k % 4],
  ROW(1, E'x\ty')::pair, 5, ARRAY[ROW(1, 'a')::pair, NULL], '[1.5,2.5)', 'a=>1, "b c"=>NULL', 'a:1A fat:2B,4C', 'fat & (rat | cat)', 4294967295, 'pg_class',
  'FFFFFFFF/FFFFFFFF'
  FROM generate_series(0, 15) k;
INSERT INTO every_type (n, r, d, t) VALUES ('123456789012345678901234567890.0123456789', 1e-45, 4.9e-324, NULL), (0.1, 0.1, 0.1, 'x'),
  ('-0.000', '-0', '-0', 'zero');

CREATE TABLE nothing ();
INSERT INTO nothing DEFAULT VALUES;
INSERT INTO nothing DEFAULT VALUES;
CREATE TABLE empty_one (id int);

CREATE TABLE "Odd Schema.""x"""."T;able $1 -- 'x'" ("select" int, "Ünï ""q"" \" text, "new
line" text DEFAULT 'a;b');
INSERT INTO "Odd Schema.""x"""."T;able $1 -- 'x'" VALUES (1, 'x', E'\n');
ALTER TABLE "Odd Schema.""x"""."T;able $1 -- 'x'" OWNER TO app_writer;

CREATE TABLE customer (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), email citext UNIQUE NOT NULL, name text NOT NULL,
  CONSTRAINT has_at CHECK (email LIKE '%@%'));
INSERT INTO customer (email, name) SELECT 'user' || g || '@example.com', 'User ' || g FROM generate_series(1, 500) g;
CREATE TABLE invoice (id bigserial PRIMARY KEY, customer uuid NOT NULL REFERENCES customer ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  total numeric(12, 2) NOT NULL CHECK (total >= 0), at timestamptz NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE invoice_1 PARTITION OF invoice FOR VALUES FROM (MINVALUE) TO (500);
CREATE TABLE invoice_2 PARTITION OF invoice FOR VALUES FROM (500) TO (MAXVALUE) PARTITION BY HASH (id);
CREATE TABLE invoice_2a PARTITION OF invoice_2 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE invoice_2b PARTITION OF invoice_2 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO invoice (customer, total, at) SELECT c.id, g, '2026-01-01'::timestamptz + g * interval '1 hour'
  FROM generate_series(1, 2) g, customer c;
CREATE TABLE by_mood (m mood, n int) PARTITION BY HASH (m);
CREATE TABLE by_mood_0 PARTITION OF by_mood FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE by_mood_1 PARTITION OF by_mood FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE by_mood_2 PARTITION OF by_mood FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO by_mood SELECT (enum_range(NULL::mood))[1 + g % 4], g FROM generate_series(1, 200) g;
CREATE TABLE parent (a int, b text);
CREATE TABLE child (c int) INHERITS (parent);
INSERT INTO parent VALUES (1, 'p');
INSERT INTO child VALUES (2, 'c', 3);
CREATE UNLOGGED TABLE cache (k text PRIMARY KEY, v text);
INSERT INTO cache VALUES ('k', 'v');

COMMIT;
CREATE INDEX ON invoice (customer);
CREATE INDEX customer_name_trgm ON customer USING gin (name gin_trgm_ops);
CREATE UNIQUE INDEX customer_lower ON customer (lower(name), id) INCLUDE (email) WHERE name <> '';
CREATE STATISTICS customer_stats ON name, email FROM customer;
ALTER TABLE customer ENABLE ROW LEVEL SECURITY;
ALTER TABLE customer FORCE ROW LEVEL SECURITY;
CREATE POLICY readers ON customer FOR SELECT TO app_reader USING (name <> 'secret');
CREATE POLICY writers ON customer AS RESTRICTIVE FOR ALL TO app_writer USING (true) WITH CHECK (email LIKE '%@%');
GRANT SELECT ON customer TO app_reader;
GRANT SELECT (id), UPDATE (name) ON customer TO app_writer WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO app_reader;

CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  -- Name: touch; Type: FUNCTION; Schema: public
  PERFORM '
\restrict not-a-meta-command
\unrestrict neither';
  NEW.name := NEW.name || '; $$';
  RETURN NEW;
END;
$body$;
CREATE TRIGGER touch BEFORE UPDATE OF name ON customer FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION touch();
CREATE FUNCTION add(a int, b int DEFAULT 1) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE BEGIN ATOMIC SELECT a + b; END;
CREATE PROCEDURE noop(INOUT x int) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS 'BEGIN x := 1; END';
CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
CREATE VIEW spending AS SELECT c.id, c.name, sum(i.total) AS spent FROM customer c LEFT JOIN invoice i ON i.customer = c.id GROUP BY c.id;
CREATE MATERIALIZED VIEW monthly AS SELECT date_trunc('month', at) AS month, count(*) AS n FROM invoice GROUP BY 1;
CREATE MATERIALIZED VIEW of_monthly AS SELECT max(n) AS n FROM monthly;
CREATE MATERIALIZED VIEW unpopulated AS SELECT 1 AS a WITH NO DATA;
CREATE INDEX ON monthly (month);
CREATE RULE no_delete AS ON DELETE TO cache DO INSTEAD NOTHING;
CREATE SEQUENCE counter AS smallint INCREMENT 5 START 10 MAXVALUE 1000 CYCLE OWNED BY empty_one.id;
SELECT nextval('counter'), nextval('counter');
CREATE SEQUENCE never_called;
CREATE PUBLICATION changes FOR TABLE customer, invoice;
COMMENT ON TABLE customer IS E'multi\nline; -- Name: x; Type: TABLE';
COMMENT ON COLUMN customer.email IS 'it''s an "address"';
COMMENT ON SCHEMA "Odd Schema.""x""" IS 'odd';

SELECT lo_from_bytea(900001, decode(repeat('00ff', 300000), 'hex'));
SELECT lo_from_bytea(900002, '');
COMMENT ON LARGE OBJECT 900001 IS 'a large object';
GRANT SELECT ON LARGE OBJECT 900001 TO app_reader;
`;
