-- Everything that a database can hold on every major from 13 on, one object of a kind at least.
CREATE SCHEMA shop AUTHORIZATION shop_owner;
CREATE SCHEMA "Odd Schema";
CREATE SCHEMA ext;
GRANT USAGE ON SCHEMA shop TO shop_reader, shop_app;
GRANT CREATE ON SCHEMA "Odd Schema" TO shop_owner WITH GRANT OPTION;
COMMENT ON SCHEMA shop IS 'the shop''s own';
CREATE EXTENSION citext SCHEMA ext;
COMMENT ON EXTENSION citext IS 'case does not count';

ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA shop GRANT SELECT ON TABLES TO shop_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE shop_owner IN SCHEMA shop GRANT ALL ON TABLES TO shop_auditor;

CREATE COLLATION shop.bytewise (provider = libc, locale = 'C');
COMMENT ON COLLATION shop.bytewise IS 'by code point';

-- Types
CREATE TYPE shop.mood AS ENUM ('sad', 'ok', 'happy "very"');
ALTER TYPE shop.mood ADD VALUE 'fine' BEFORE 'happy "very"';
CREATE TYPE shop.address AS (street text COLLATE shop.bytewise, number integer, tags text[]);
COMMENT ON COLUMN shop.address.street IS 'without the number';
CREATE TYPE shop.pair AS (a integer, b text);
CREATE FUNCTION shop.price_distance(numeric, numeric) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT
  AS 'SELECT ($1 - $2)::double precision';
CREATE TYPE shop.price_range AS RANGE (subtype = numeric, subtype_diff = shop.price_distance);
CREATE DOMAIN shop.email AS text COLLATE shop.bytewise DEFAULT 'nobody@example.org' NOT NULL
  CONSTRAINT email_shape CHECK (VALUE ~ '^[^@]+@[^@]+$');
ALTER DOMAIN shop.email ADD CONSTRAINT email_short CHECK (length(VALUE) < 200) NOT VALID;
COMMENT ON CONSTRAINT email_shape ON DOMAIN shop.email IS 'good enough';
CREATE DOMAIN shop.cents AS integer CHECK (VALUE >= 0);
GRANT USAGE ON TYPE shop.mood TO shop_app;
REVOKE USAGE ON TYPE shop.address FROM PUBLIC;
ALTER TYPE shop.address OWNER TO shop_owner;
ALTER DOMAIN shop.cents OWNER TO shop_owner;

-- Sequences
CREATE SEQUENCE shop.invoice_number AS integer START 1000 INCREMENT 5 MINVALUE 100 MAXVALUE 99999 CACHE 3 CYCLE;
ALTER SEQUENCE shop.invoice_number OWNER TO shop_owner;
GRANT USAGE ON SEQUENCE shop.invoice_number TO shop_app;
COMMENT ON SEQUENCE shop.invoice_number IS 'gaps are allowed';

-- Tables
CREATE TABLE shop.users (
  id bigint GENERATED ALWAYS AS IDENTITY (START 10) CONSTRAINT users_pkey PRIMARY KEY,
  email shop.email,
  name character varying(80) NOT NULL,
  nickname text COLLATE shop.bytewise,
  mood shop.mood DEFAULT 'ok',
  home shop.address,
  name_length integer GENERATED ALWAYS AS (length(name)) STORED,
  status character varying DEFAULT 'new' CONSTRAINT users_status CHECK (status IN ('new', 'old', 'gone')),
  balance numeric(12, 2) DEFAULT -1,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  "select" text,
  dropped_later text,
  attributes jsonb
);
ALTER TABLE shop.users OWNER TO shop_owner;
ALTER TABLE shop.users DROP COLUMN dropped_later;
ALTER TABLE shop.users ALTER COLUMN nickname SET STORAGE EXTERNAL, ALTER COLUMN name SET STATISTICS 500,
  ALTER COLUMN status SET (n_distinct = 3);
ALTER TABLE shop.users SET (fillfactor = 80, autovacuum_enabled = off, toast.autovacuum_enabled = off);
ALTER TABLE shop.users ADD CONSTRAINT users_email_key UNIQUE (email) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE shop.users ADD CONSTRAINT users_balance CHECK (balance > -1000) NOT VALID;
ALTER TABLE shop.users ENABLE ROW LEVEL SECURITY;
ALTER TABLE shop.users FORCE ROW LEVEL SECURITY;
ALTER TABLE shop.users REPLICA IDENTITY FULL;
COMMENT ON TABLE shop.users IS 'people';
COMMENT ON COLUMN shop.users.email IS 'unique, but only at commit';
COMMENT ON CONSTRAINT users_balance ON shop.users IS 'since 2021';
GRANT SELECT, INSERT ON shop.users TO shop_app WITH GRANT OPTION;
GRANT SELECT ON shop.users TO shop_reader;
GRANT UPDATE (nickname, mood) ON shop.users TO shop_app;
GRANT ALL ON shop.users TO shop_auditor;

CREATE TABLE shop.orders (
  id serial PRIMARY KEY,
  user_id bigint NOT NULL,
  number integer DEFAULT nextval('shop.invoice_number'),
  total shop.cents NOT NULL,
  note text,
  placed_at timestamp without time zone,
  span shop.price_range,
  CONSTRAINT orders_user FOREIGN KEY (user_id) REFERENCES shop.users (id) ON UPDATE CASCADE ON DELETE SET NULL
    DEFERRABLE
);
ALTER TABLE shop.orders OWNER TO shop_owner;
ALTER TABLE shop.orders ADD CONSTRAINT orders_once EXCLUDE USING gist (span WITH &&) WHERE (total > 0);
ALTER TABLE shop.orders ADD CONSTRAINT orders_number FOREIGN KEY (number) REFERENCES shop.orders (id) NOT VALID;
CREATE TABLE shop."Order Lines" (
  "order" integer, line smallint, "Weird ""Name""" text, PRIMARY KEY ("order", line)
);
CREATE UNLOGGED TABLE shop.sessions (token text PRIMARY KEY, data text);
CREATE TABLE shop.nothing ();
CREATE TABLE shop.typed OF shop.address (PRIMARY KEY (number));
CREATE TABLE shop.replicated (id integer NOT NULL, payload text);
CREATE UNIQUE INDEX replicated_id ON shop.replicated (id);
ALTER TABLE shop.replicated REPLICA IDENTITY USING INDEX replicated_id;

-- Inheritance
CREATE TABLE shop.animals (name text NOT NULL, CHECK (name <> ''), CONSTRAINT only_here CHECK (name <> 'x') NO INHERIT);
CREATE TABLE shop.things (weight integer);
CREATE TABLE shop.dogs (breed text) INHERITS (shop.animals, shop.things);
ALTER TABLE shop.dogs ALTER COLUMN weight SET DEFAULT 10;

-- Partitions
CREATE TABLE shop.events (
  id bigint NOT NULL, at date NOT NULL, kind text COLLATE shop.bytewise, payload jsonb, PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE shop.events_2024 PARTITION OF shop.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')
  PARTITION BY HASH (id);
CREATE TABLE shop.events_2024_0 PARTITION OF shop.events_2024 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE shop.events_rest PARTITION OF shop.events DEFAULT;
CREATE TABLE shop.events_2025 (payload jsonb, kind text COLLATE shop.bytewise, id bigint NOT NULL, at date NOT NULL);
ALTER TABLE shop.events ATTACH PARTITION shop.events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX events_kind ON shop.events (kind);
CREATE TABLE shop.listed (id integer, label text) PARTITION BY LIST (lower(label) COLLATE shop.bytewise text_pattern_ops);
CREATE TABLE shop.listed_0 PARTITION OF shop.listed FOR VALUES IN ('a', NULL);
CREATE TABLE shop.event_notes (event_id bigint, event_at date, note text,
  CONSTRAINT notes_event FOREIGN KEY (event_id, event_at) REFERENCES shop.events (id, at) MATCH FULL);

-- Indexes
CREATE INDEX users_name ON shop.users (lower(name), name varchar_pattern_ops, created_at DESC NULLS LAST)
  INCLUDE (balance) WITH (fillfactor = 70) WHERE (status <> 'gone');
ALTER INDEX shop.users_name ALTER COLUMN 1 SET STATISTICS 200;
CREATE UNIQUE INDEX users_nickname ON shop.users (nickname COLLATE "C" NULLS FIRST);
CREATE INDEX users_attributes ON shop.users USING gin (attributes jsonb_path_ops);
CREATE INDEX orders_placed ON shop.orders USING brin (placed_at);
CREATE INDEX orders_user ON shop.orders USING hash (user_id);
ALTER TABLE shop.orders CLUSTER ON orders_pkey;
COMMENT ON INDEX shop.users_name IS 'for the search box';

-- Functions
CREATE FUNCTION shop.total(user_id bigint, VARIADIC currencies text[] DEFAULT '{EUR}') RETURNS numeric
  LANGUAGE sql STABLE STRICT PARALLEL SAFE SECURITY DEFINER COST 50 SET search_path = shop, pg_temp
  AS $$ SELECT 1::numeric $$;
CREATE FUNCTION shop.total(user_name text) RETURNS numeric LANGUAGE plpgsql IMMUTABLE LEAKPROOF
  AS 'BEGIN RETURN 2; END';
CREATE FUNCTION shop.pairs(INOUT a integer, OUT b text) LANGUAGE sql AS 'SELECT 1, ''x''::text';
CREATE FUNCTION shop.list(wanted integer) RETURNS TABLE (id integer, "select" text) LANGUAGE plpgsql ROWS 5
  AS 'BEGIN RETURN QUERY SELECT 1, ''x''; END';
CREATE PROCEDURE shop.tidy(days integer DEFAULT 30) LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION shop.row_count() RETURNS bigint LANGUAGE internal WINDOW AS 'window_row_number';
CREATE FUNCTION shop.plus(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT $1 + $2';
CREATE AGGREGATE shop.add_up(numeric) (SFUNC = shop.plus, STYPE = numeric, INITCOND = '0', PARALLEL = SAFE,
  COMBINEFUNC = shop.plus);
COMMENT ON FUNCTION shop.total(text) IS 'of one';
COMMENT ON AGGREGATE shop.add_up(numeric) IS 'sum';
ALTER FUNCTION shop.total(text) OWNER TO shop_owner;
REVOKE EXECUTE ON FUNCTION shop.total(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shop.total(text) TO shop_app;
GRANT EXECUTE ON PROCEDURE shop.tidy(integer) TO shop_app;

-- Triggers and rules
CREATE TRIGGER users_touch BEFORE INSERT OR UPDATE OF name, mood ON shop.users FOR EACH ROW
  WHEN (NEW.status <> 'gone') EXECUTE FUNCTION shop.touch('a', 'b c');
CREATE TRIGGER users_count AFTER DELETE ON shop.users REFERENCING OLD TABLE AS gone FOR EACH STATEMENT
  EXECUTE FUNCTION shop.touch();
CREATE CONSTRAINT TRIGGER orders_check AFTER INSERT ON shop.orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  EXECUTE FUNCTION shop.touch();
CREATE TRIGGER events_touch BEFORE INSERT ON shop.events FOR EACH ROW EXECUTE FUNCTION shop.touch();
ALTER TABLE shop.users DISABLE TRIGGER users_count;
ALTER TABLE shop.orders ENABLE ALWAYS TRIGGER orders_check;
ALTER TABLE shop.events_rest DISABLE TRIGGER events_touch;
COMMENT ON TRIGGER users_touch ON shop.users IS 'keeps it fresh';
CREATE RULE orders_keep AS ON DELETE TO shop.orders WHERE OLD.total > 100 DO INSTEAD NOTHING;
COMMENT ON RULE orders_keep ON shop.orders IS 'large ones stay';

-- Policies
CREATE POLICY users_self ON shop.users FOR SELECT TO shop_app, shop_reader USING (email = CURRENT_USER);
CREATE POLICY users_write ON shop.users AS RESTRICTIVE FOR UPDATE USING (true) WITH CHECK (status <> 'gone');
CREATE POLICY users_all ON shop.users;
COMMENT ON POLICY users_self ON shop.users IS 'only oneself';

-- Views
CREATE VIEW shop.customers AS SELECT u.id, u.name, u."select", u.mood FROM shop.users u WHERE u.status IN ('new', 'old');
CREATE VIEW shop.safe WITH (security_barrier, check_option = local) AS SELECT * FROM shop.users WHERE id > 10;
ALTER VIEW shop.customers OWNER TO shop_owner;
ALTER VIEW shop.customers ALTER COLUMN name SET DEFAULT 'x';
COMMENT ON VIEW shop.customers IS 'those who buy';
COMMENT ON COLUMN shop.customers.name IS 'first and last';
GRANT SELECT ON shop.customers TO shop_reader;
CREATE MATERIALIZED VIEW shop.statistics AS
  SELECT o.user_id, count(*) AS orders, sum(o.total) AS total FROM shop.orders o JOIN shop.users u ON u.id = o.user_id
   GROUP BY o.user_id WITH DATA;
CREATE UNIQUE INDEX statistics_user ON shop.statistics (user_id);
CREATE MATERIALIZED VIEW shop.later AS SELECT 1 AS one WITH NO DATA;
COMMENT ON MATERIALIZED VIEW shop.statistics IS 'nightly';

-- Extended statistics
CREATE STATISTICS shop.users_correlation (dependencies, ndistinct) ON name, status FROM shop.users;
ALTER STATISTICS shop.users_correlation SET STATISTICS 300;
COMMENT ON STATISTICS shop.users_correlation IS 'they go together';

-- Operators, casts
CREATE FUNCTION shop.same_mood(shop.mood, shop.mood) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2';
CREATE FUNCTION shop.other_mood(shop.mood, shop.mood) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 <> $2';
CREATE OPERATOR shop.<=> (FUNCTION = shop.same_mood, LEFTARG = shop.mood, RIGHTARG = shop.mood, COMMUTATOR = OPERATOR(shop.<=>),
  NEGATOR = OPERATOR(shop.<!>), RESTRICT = eqsel, JOIN = eqjoinsel);
CREATE OPERATOR shop.<!> (FUNCTION = shop.other_mood, LEFTARG = shop.mood, RIGHTARG = shop.mood, COMMUTATOR = OPERATOR(shop.<!>),
  NEGATOR = OPERATOR(shop.<=>));
COMMENT ON OPERATOR shop.<=> (shop.mood, shop.mood) IS 'same';
CREATE FUNCTION shop.compare_length(text, text) RETURNS integer LANGUAGE sql IMMUTABLE
  AS 'SELECT length($1) - length($2)';
CREATE FUNCTION shop.shorter(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT length($1) < length($2)';
CREATE OPERATOR shop.<<< (FUNCTION = shop.shorter, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR FAMILY shop.by_length USING btree;
CREATE OPERATOR CLASS shop.by_length_ops FOR TYPE text USING btree FAMILY shop.by_length AS
  OPERATOR 1 shop.<<<, FUNCTION 1 shop.compare_length(text, text);
CREATE FUNCTION shop.mood_number(shop.mood) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE CAST (shop.mood AS integer) WITH FUNCTION shop.mood_number(shop.mood) AS ASSIGNMENT;
COMMENT ON CAST (shop.mood AS integer) IS 'how good';

-- Text search
CREATE TEXT SEARCH DICTIONARY shop.plain (TEMPLATE = pg_catalog.simple, accept = false);
CREATE TEXT SEARCH CONFIGURATION shop.search (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION shop.search ALTER MAPPING FOR asciiword WITH shop.plain, pg_catalog.simple;
COMMENT ON TEXT SEARCH CONFIGURATION shop.search IS 'for the search box';

-- Foreign data
CREATE FOREIGN DATA WRAPPER nowhere OPTIONS (mode 'dry');
CREATE SERVER warehouse TYPE 'stock' VERSION '2' FOREIGN DATA WRAPPER nowhere OPTIONS (host 'db.example.org', api_key 'swordfish');
CREATE USER MAPPING FOR shop_app SERVER warehouse OPTIONS (user 'app', password 'swordfish');
CREATE USER MAPPING FOR PUBLIC SERVER warehouse;
CREATE FOREIGN TABLE shop.stock (item text OPTIONS (column_name 'ITEM') NOT NULL, amount integer) SERVER warehouse
  OPTIONS (table_name 'STOCK');
GRANT USAGE ON FOREIGN SERVER warehouse TO shop_app;
GRANT USAGE ON FOREIGN DATA WRAPPER nowhere TO shop_owner;
COMMENT ON SERVER warehouse IS 'in the cellar';

-- Publications
CREATE PUBLICATION changes FOR TABLE shop.orders, shop."Order Lines" WITH (publish = 'insert, update');
CREATE PUBLICATION everything FOR ALL TABLES;
COMMENT ON PUBLICATION changes IS 'to the warehouse';

-- Event triggers
CREATE FUNCTION shop.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE EVENT TRIGGER log_ddl ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'DROP TABLE') EXECUTE FUNCTION shop.on_ddl();
ALTER EVENT TRIGGER log_ddl DISABLE;

-- Large objects
SELECT lo_create(4000001), lo_create(4000002), lo_create(4005000);
ALTER LARGE OBJECT 4000001 OWNER TO shop_owner;
GRANT SELECT ON LARGE OBJECT 4000001 TO shop_reader;
COMMENT ON LARGE OBJECT 4000002 IS 'a picture';

-- What otherwise comes with libraries, made of PostgreSQL's own functions
CREATE ACCESS METHOD heap_too TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE shop.kept_elsewhere (id integer) USING heap_too;
CREATE FUNCTION shop.call_handler() RETURNS language_handler LANGUAGE c AS '$libdir/plpgsql', 'plpgsql_call_handler';
CREATE TRUSTED LANGUAGE plother HANDLER shop.call_handler;
CREATE TRANSFORM FOR shop.mood LANGUAGE plother (FROM SQL WITH FUNCTION pg_catalog.prsd_lextype(internal));
CREATE FUNCTION shop.transformed(mood shop.mood) RETURNS integer TRANSFORM FOR TYPE shop.mood LANGUAGE plother
  AS 'BEGIN RETURN 1; END';
CREATE TEXT SEARCH PARSER shop.parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end,
  LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
CREATE TEXT SEARCH TEMPLATE shop.template (INIT = dsimple_init, LEXIZE = dsimple_lexize);
