-- Everything that a schema can hold, with names that are easy to get wrong: a table called as its schema, a column called
-- as a type of the schema, an alias, texts that name the schema.
CREATE SCHEMA auth;
CREATE SCHEMA app;
CREATE EXTENSION hstore SCHEMA auth;
CREATE TABLE auth.users (id int PRIMARY KEY, name text);
INSERT INTO auth.users SELECT n, 'user ' || n FROM generate_series(1, 50) n;
COMMENT ON SCHEMA app IS 'the schema app, with app.app';
CREATE TYPE app.state AS ENUM ('new', 'paid');
CREATE TYPE app.pair AS (state app.state, number int);
CREATE DOMAIN app.email AS text CHECK (VALUE LIKE '%@%');
CREATE TYPE app.spans AS RANGE (subtype = numeric);
CREATE SEQUENCE app.numbers;
CREATE FUNCTION app.next_number() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT nextval('app.numbers'::regclass); END;
CREATE FUNCTION app.text_body() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT count(*) FROM app.app); END $$;
CREATE FUNCTION app.by_path() RETURNS bigint LANGUAGE plpgsql SET search_path = app, pg_temp AS $$ BEGIN RETURN (SELECT count(*) FROM app); END $$;
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.changed := now(); RETURN NEW; END $$;
CREATE FUNCTION app.same(app.pair, app.pair) RETURNS boolean LANGUAGE sql IMMUTABLE
  BEGIN ATOMIC SELECT ($1).number = ($2).number; END;
CREATE OPERATOR app.=== (FUNCTION = app.same, LEFTARG = app.pair, RIGHTARG = app.pair);
CREATE AGGREGATE app.total(numeric) (SFUNC = numeric_add, STYPE = numeric, INITCOND = '0');
CREATE FUNCTION app.to_email(app.pair) RETURNS app.state LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT ($1).state; END;
CREATE CAST (app.pair AS app.state) WITH FUNCTION app.to_email(app.pair);
CREATE COLLATION app.numeric_order (provider = icu, locale = 'en-u-kn-true');
CREATE TEXT SEARCH DICTIONARY app.words (TEMPLATE = pg_catalog.simple);
CREATE TEXT SEARCH CONFIGURATION app.search (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION app.search ALTER MAPPING FOR asciiword WITH app.words;
CREATE TABLE app.app (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  number bigint DEFAULT nextval('app.numbers'::regclass) UNIQUE,
  state app.state NOT NULL DEFAULT 'new'::app.state,
  email app.email,
  user_id int REFERENCES auth.users,
  doubled numeric GENERATED ALWAYS AS (id * 2) STORED,
  label text COLLATE app.numeric_order DEFAULT 'app.app',
  attributes auth.hstore,
  changed timestamptz
);
INSERT INTO app.app (state, email, user_id, label, attributes) SELECT (enum_range(NULL::app.state))[1 + n % 2], n || '@x', 1 + n % 50, 'l' || n, auth.hstore('a', n::text) FROM generate_series(1, 300) n;
CREATE TABLE app.child (extra text) INHERITS (app.app);
INSERT INTO app.child (id, email, extra) VALUES (1000, 'c@x', 'x');
CREATE TABLE app.lines (app_id bigint REFERENCES app.app ON DELETE CASCADE, number int CHECK (number >= 0), pair app.pair, PRIMARY KEY (app_id, number));
INSERT INTO app.lines SELECT 1 + n % 300, n / 300, ('new', n)::app.pair FROM generate_series(0, 899) n;
CREATE TABLE app.events (id int, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE app.events_old PARTITION OF app.events FOR VALUES FROM ('2020-01-01') TO ('2025-01-01');
CREATE TABLE app.events_rest PARTITION OF app.events DEFAULT;
INSERT INTO app.events SELECT n, date '2024-06-01' + n FROM generate_series(1, 400) n;
CREATE INDEX by_label ON app.app (label COLLATE app.numeric_order) WHERE state = 'paid'::app.state;
CREATE INDEX by_words ON app.app USING gin (to_tsvector('app.search'::regconfig, label));
CREATE STATISTICS app.of_app ON state, user_id FROM app.app;
-- The alias is called as the schema, and its columns as objects of the schema.
CREATE VIEW app.paid AS
  SELECT app.id, app.state, app.number, (app.state)::text AS shown, u.name, app.email::app.email AS mail
    FROM app.app JOIN auth.users u ON u.id = app.user_id WHERE app.state = 'paid'::app.state
      AND EXISTS (SELECT FROM app.lines WHERE lines.app_id = app.id);
CREATE VIEW app.of_rows AS SELECT app.*::app.app AS whole, t.state FROM app.app, json_to_record('{"state":"new"}') t(state app.state);
CREATE VIEW app.app_users AS SELECT count(*) AS n FROM app.paid;
CREATE MATERIALIZED VIEW app.statistics AS SELECT state, count(*) AS n, app.total(user_id) AS total FROM app.app GROUP BY state;
CREATE UNIQUE INDEX statistics_state ON app.statistics (state);
CREATE TRIGGER touched BEFORE UPDATE ON app.app FOR EACH ROW WHEN (OLD.state = 'new'::app.state) EXECUTE FUNCTION app.touch();
CREATE RULE no_delete AS ON DELETE TO app.events DO INSTEAD NOTHING;
ALTER TABLE app.app ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON app.app FOR SELECT TO company_app USING (EXISTS (SELECT FROM app.lines l WHERE l.app_id = app.id AND app.state = 'paid'::app.state));
GRANT USAGE ON SCHEMA app TO company_app, company_owner;
GRANT SELECT ON app.app, app.lines TO company_app;
REVOKE EXECUTE ON FUNCTION app.text_body() FROM PUBLIC;
ALTER TABLE app.lines OWNER TO company_owner;
-- A refresh runs as the owner of the view, who may read the table by a grant alone.
CREATE MATERIALIZED VIEW app.extras AS SELECT extra, count(*) AS n FROM app.child GROUP BY extra;
GRANT SELECT ON app.child TO company_owner;
ALTER MATERIALIZED VIEW app.extras OWNER TO company_owner;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO company_app;
COMMENT ON TABLE app.app IS 'app.app is a table';
COMMENT ON COLUMN app.app.state IS 'of app.state';
COMMENT ON CONSTRAINT app_user_id_fkey ON app.app IS 'to the users';
CREATE PUBLICATION changes FOR TABLE app.app;
-- Names that need quotes, and a name of the longest kind.
CREATE SCHEMA "o'dd ""x"".y";
CREATE SEQUENCE "o'dd ""x"".y"."a.b";
CREATE TABLE "o'dd ""x"".y"."select" (id int DEFAULT nextval('"o''dd ""x"".y"."a.b"'::regclass) PRIMARY KEY, "From" text);
INSERT INTO "o'dd ""x"".y"."select" ("From") VALUES ('x'), ('y');
CREATE VIEW "o'dd ""x"".y"."view" AS SELECT "select"."From" FROM "o'dd ""x"".y"."select";
CREATE TABLE app.a_table_with_a_name_that_is_as_long_as_a_name_of_postgresql_x (id int PRIMARY KEY);
CREATE TABLE app.a_table_with_a_name_that_is_as_long_as_a_name_of_postgresql_y (id int);
-- Partitions in another schema: the default one, and one with partitions of its own.
CREATE SCHEMA split;
CREATE SCHEMA apart;
CREATE TABLE split.tree (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE split.low PARTITION OF split.tree FOR VALUES FROM (0) TO (10);
CREATE TABLE apart.high PARTITION OF split.tree FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id);
CREATE TABLE apart.high_all PARTITION OF apart.high DEFAULT;
CREATE TABLE apart.rest PARTITION OF split.tree DEFAULT;
INSERT INTO split.tree SELECT n FROM generate_series(0, 29) n;
