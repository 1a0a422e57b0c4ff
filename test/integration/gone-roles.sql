-- Roles whose rows were taken from pg_authid: what was theirs stays behind in the catalog, under a number.
CREATE ROLE gone; CREATE ROLE gone_owner; CREATE ROLE present; CREATE ROLE granted_by_gone; CREATE ROLE "76543";
CREATE SCHEMA shop;
CREATE TABLE shop.orders (id int PRIMARY KEY, note text);
INSERT INTO shop.orders VALUES (1, 'a'), (2, 'b');
GRANT USAGE ON SCHEMA shop TO gone, present;
GRANT SELECT ON shop.orders TO gone WITH GRANT OPTION;
GRANT SELECT ON shop.orders TO "76543";
GRANT UPDATE (note) ON shop.orders TO gone;
SET SESSION AUTHORIZATION gone; GRANT SELECT ON shop.orders TO granted_by_gone; RESET SESSION AUTHORIZATION;
CREATE FUNCTION shop.one() RETURNS int LANGUAGE sql AS 'SELECT 1';
REVOKE ALL ON FUNCTION shop.one() FROM PUBLIC; GRANT EXECUTE ON FUNCTION shop.one() TO gone, present;
CREATE TYPE shop.size AS ENUM ('s', 'm'); GRANT USAGE ON TYPE shop.size TO gone;
CREATE SEQUENCE shop.numbers; GRANT USAGE ON SEQUENCE shop.numbers TO gone;
ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY for_gone ON shop.orders TO gone USING (true);
CREATE POLICY for_both ON shop.orders TO gone, present USING (true);
CREATE FOREIGN DATA WRAPPER wrapper; CREATE SERVER remote FOREIGN DATA WRAPPER wrapper;
CREATE USER MAPPING FOR gone SERVER remote; CREATE USER MAPPING FOR present SERVER remote;
ALTER DEFAULT PRIVILEGES FOR ROLE gone GRANT SELECT ON TABLES TO present;
ALTER DEFAULT PRIVILEGES FOR ROLE present GRANT SELECT ON TABLES TO gone, "76543";
ALTER DEFAULT PRIVILEGES FOR ROLE present GRANT EXECUTE ON FUNCTIONS TO gone;
ALTER DEFAULT PRIVILEGES FOR ROLE present IN SCHEMA shop GRANT USAGE ON SEQUENCES TO gone;
SELECT pg_catalog.lo_create(4711); GRANT SELECT ON LARGE OBJECT 4711 TO gone, present;
SELECT pg_catalog.lo_create(4712); GRANT SELECT ON LARGE OBJECT 4712 TO gone;
SELECT pg_catalog.lo_create(94711); ALTER LARGE OBJECT 94711 OWNER TO gone_owner;
CREATE SCHEMA theirs AUTHORIZATION gone_owner;
CREATE TABLE theirs.things (id int); ALTER TABLE theirs.things OWNER TO gone_owner;
GRANT SELECT ON theirs.things TO present;
CREATE PUBLICATION everything FOR TABLE shop.orders; ALTER PUBLICATION everything OWNER TO gone_owner;
ALTER ROLE gone IN DATABASE company SET work_mem = '5MB';
GRANT TEMPORARY ON DATABASE company TO gone, present;
CREATE EXTENSION pg_stat_statements;
SET allow_system_table_mods = on;
-- An extension's script granted to it, and nobody took it away: the initial privileges name it.
INSERT INTO pg_catalog.pg_init_privs
SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, 0, 'e',
       ARRAY[makeaclitem(owner.oid, owner.oid, 'EXECUTE', false), makeaclitem(gone.oid, owner.oid, 'EXECUTE', false)]
  FROM pg_catalog.pg_proc p, pg_catalog.pg_roles owner, pg_catalog.pg_roles gone
 WHERE p.proname = 'pg_stat_statements' AND owner.oid = p.proowner AND gone.rolname = 'gone';
DELETE FROM pg_catalog.pg_authid WHERE rolname IN ('gone', 'gone_owner');
DELETE FROM pg_catalog.pg_shdepend s
 WHERE s.refclassid = 'pg_catalog.pg_authid'::pg_catalog.regclass
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_authid r WHERE r.oid = s.refobjid);
DELETE FROM pg_catalog.pg_auth_members m WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_authid r WHERE r.oid = m.roleid);
