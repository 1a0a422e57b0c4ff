/** A server of one's own, with a backup role that owns nothing and is no superuser. */
export const PLAIN_PROJECT = `
CREATE ROLE project LOGIN PASSWORD 'secret' BYPASSRLS; GRANT pg_read_all_data TO project;
CREATE ROLE application; CREATE ROLE reader; GRANT CONNECT ON DATABASE postgres TO reader;
ALTER ROLE project SET statement_timeout = '2min'; ALTER ROLE project SET default_transaction_read_only = on;
ALTER ROLE project SET idle_in_transaction_session_timeout = '10s';
ALTER DATABASE postgres SET search_path = shop, public; ALTER DATABASE postgres SET datestyle = 'German, DMY';
CREATE SCHEMA shop AUTHORIZATION application;
SET SESSION AUTHORIZATION application;
CREATE TYPE shop.state AS ENUM ('new', 'paid');
CREATE TABLE shop.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at date, state shop.state, owner text);
INSERT INTO shop.orders (at, state, owner) SELECT '2026-01-01'::date + g, 'paid', 'application' FROM generate_series(1, 200) g;
CREATE TABLE shop.notes (order_id bigint REFERENCES shop.orders, note text); INSERT INTO shop.notes VALUES (1, 'x');
ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY; ALTER TABLE shop.orders FORCE ROW LEVEL SECURITY;
CREATE POLICY "short" ON shop.orders USING (owner = current_user);
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO reader;
RESET SESSION AUTHORIZATION;
CREATE PUBLICATION outbound FOR TABLE shop.notes;
CREATE FUNCTION shop.noted() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER noted ON ddl_command_end EXECUTE FUNCTION shop.noted();
`;
