CREATE SCHEMA storage;
SET search_path = storage, public;
CREATE TABLE t (id int PRIMARY KEY WITH (fillfactor = 60), plain text, ext text, main text, packed text COMPRESSION pglz, gone int)
  WITH (fillfactor = 80, autovacuum_enabled = off, toast.autovacuum_enabled = off, parallel_workers = 3, toast_tuple_target = 256);
ALTER TABLE t ALTER ext SET STORAGE EXTERNAL, ALTER main SET STORAGE MAIN, ALTER plain SET STORAGE PLAIN, DROP COLUMN gone;
CREATE UNLOGGED TABLE fast (k text PRIMARY KEY, v text);
CREATE INDEX t_gin ON t USING gin (to_tsvector('simple', packed)) WITH (fastupdate = off, gin_pending_list_limit = 128);
CREATE INDEX t_brin ON t USING brin (id) WITH (pages_per_range = 4, autosummarize = on);
CREATE INDEX t_bt ON t (packed) WITH (deduplicate_items = off);
CREATE TABLE identified (id int NOT NULL, x text);
CREATE UNIQUE INDEX identified_id ON identified (id);
ALTER TABLE identified REPLICA IDENTITY USING INDEX identified_id;
CREATE TABLE nothing ();
