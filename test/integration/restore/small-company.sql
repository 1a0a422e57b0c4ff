-- A database with what a restore of a part has to keep together: types, owned sequences, references in both directions,
-- partitions, policies, triggers, a view over a view, a materialized view, a large object, two schemas.
CREATE SCHEMA auth;
CREATE SCHEMA app;
CREATE TYPE app.state AS ENUM ('new', 'paid', 'sent');
CREATE DOMAIN app.email AS text CHECK (VALUE LIKE '%@%');
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.changed := now(); RETURN NEW; END $$;

CREATE TABLE auth.users (
  id serial PRIMARY KEY,
  email app.email NOT NULL UNIQUE,
  secret text,
  changed timestamptz
);
INSERT INTO auth.users (email, secret) SELECT 'user' || n || '@example.com', md5(n::text) FROM generate_series(1, 500) n;
ALTER TABLE auth.users ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON auth.users FOR SELECT TO company_app USING (email = CURRENT_USER);
CREATE TRIGGER touched BEFORE UPDATE ON auth.users FOR EACH ROW EXECUTE FUNCTION app.touch();
COMMENT ON TABLE auth.users IS 'those who log in';
GRANT SELECT ON auth.users TO company_app;
GRANT USAGE ON SCHEMA auth, app TO company_app, company_owner;

CREATE TABLE app.orders (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id integer NOT NULL REFERENCES auth.users,
  state app.state NOT NULL DEFAULT 'new',
  total numeric(10, 2) CHECK (total >= 0),
  doubled numeric GENERATED ALWAYS AS (total * 2) STORED,
  note text
);
INSERT INTO app.orders (user_id, state, total, note)
  SELECT 1 + n % 500, (enum_range(NULL::app.state))[1 + n % 3], n % 97, repeat('x', n % 50) FROM generate_series(1, 3000) n;
CREATE INDEX orders_of_user ON app.orders (user_id);
CREATE INDEX orders_paid ON app.orders (total) WHERE state = 'paid';
ALTER TABLE app.orders OWNER TO company_owner;

CREATE TABLE app.lines (order_id bigint REFERENCES app.orders, number int, PRIMARY KEY (order_id, number));
INSERT INTO app.lines SELECT 1 + n % 3000, n / 3000 FROM generate_series(0, 8999) n;

CREATE TABLE app.events (id bigint, kind app.state, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE app.events_2024 PARTITION OF app.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE app.events_rest PARTITION OF app.events DEFAULT;
INSERT INTO app.events SELECT n, 'new', date '2024-06-01' + n FROM generate_series(1, 1000) n;
-- Hashed by an enum: the partition of a row depends on the OID of the value, which is another one in another database.
CREATE TABLE app.hashed (id int, state app.state) PARTITION BY HASH (state);
CREATE TABLE app.hashed_0 PARTITION OF app.hashed FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE app.hashed_1 PARTITION OF app.hashed FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE app.hashed_2 PARTITION OF app.hashed FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO app.hashed SELECT n, (enum_range(NULL::app.state))[1 + n % 3] FROM generate_series(1, 300) n;

CREATE VIEW app.paid AS SELECT * FROM app.orders WHERE state = 'paid';
CREATE VIEW app.paid_total AS SELECT user_id, sum(total) AS total FROM app.paid GROUP BY user_id;
CREATE MATERIALIZED VIEW app.statistics AS SELECT state, count(*) AS orders FROM app.orders GROUP BY state;
CREATE UNIQUE INDEX statistics_state ON app.statistics (state);
CREATE SEQUENCE app.invoice_number START 1000;
SELECT nextval('app.invoice_number'), nextval('app.invoice_number');
CREATE TABLE app.nothing ();
CREATE STATISTICS app.orders_correlation ON user_id, state FROM app.orders;
CREATE PUBLICATION changes FOR TABLE app.orders;
SELECT lo_from_bytea(4711, 'a large object'::bytea);
COMMENT ON LARGE OBJECT 4711 IS 'a picture';
