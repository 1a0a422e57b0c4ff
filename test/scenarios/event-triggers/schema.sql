CREATE SCHEMA event_triggers;
SET search_path = event_triggers, public;
CREATE TABLE seen (tag text);
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TAG = 'CREATE TABLE' THEN RAISE EXCEPTION 'no tables; none'; END IF;
END $$;
CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO event_triggers.seen VALUES (TG_TAG); END';
CREATE TABLE kept (id int);
CREATE EVENT TRIGGER et_refuse ON ddl_command_start WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION refuse();
CREATE EVENT TRIGGER et_watch ON ddl_command_end WHEN TAG IN ('CREATE POLICY', 'DROP RULE') EXECUTE FUNCTION watch();
CREATE EVENT TRIGGER et_dropped ON sql_drop EXECUTE FUNCTION refuse();
CREATE EVENT TRIGGER et_rewrite ON table_rewrite EXECUTE FUNCTION refuse();
ALTER EVENT TRIGGER et_dropped DISABLE;
ALTER EVENT TRIGGER et_rewrite ENABLE ALWAYS;
ALTER EVENT TRIGGER et_watch ENABLE REPLICA;
COMMENT ON EVENT TRIGGER et_watch IS 'looks; on';
