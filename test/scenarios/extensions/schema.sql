CREATE SCHEMA extensions;
CREATE SCHEMA "ext; schema";
CREATE EXTENSION IF NOT EXISTS hstore SCHEMA public;
CREATE EXTENSION citext SCHEMA extensions;
CREATE EXTENSION ltree SCHEMA "ext; schema";
CREATE EXTENSION "uuid-ossp" SCHEMA extensions;
CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
CREATE EXTENSION btree_gist SCHEMA extensions;
CREATE EXTENSION unaccent SCHEMA extensions;
COMMENT ON EXTENSION citext IS 'case; does not count';
REVOKE EXECUTE ON FUNCTION extensions.uuid_generate_v4() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION extensions.uuid_generate_v4() TO extensions_reader;
CREATE TABLE extensions.t (id uuid DEFAULT extensions.uuid_generate_v4() PRIMARY KEY, name extensions.citext UNIQUE, h public.hstore, path "ext; schema".ltree,
  room int, during int4range, EXCLUDE USING gist (room WITH =, during WITH &&));
CREATE INDEX t_name ON extensions.t USING gin ((name::text) public.gin_trgm_ops);
CREATE INDEX t_path ON extensions.t USING gist (path);
CREATE DOMAIN extensions.email AS extensions.citext CHECK (VALUE OPERATOR(extensions.<>) '');
ALTER TABLE extensions.t ADD mail extensions.email;
