CREATE EXTENSION postgres_fdw;
CREATE FOREIGN DATA WRAPPER s19_wrapper HANDLER postgres_fdw_handler VALIDATOR postgres_fdw_validator
  CONNECTION postgres_fdw_connection;
CREATE FOREIGN DATA WRAPPER "s19 OPTIONS" CONNECTION postgres_fdw_connection OPTIONS (debug 'true');
CREATE SERVER s19_server FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'publisher.example', dbname 'd');
CREATE USER MAPPING FOR postgres SERVER s19_server OPTIONS (user 'u', password 'p');
CREATE SUBSCRIPTION connection SERVER s19_server PUBLICATION p
  WITH (connect = false, slot_name = NONE, wal_receiver_timeout = '10s');
CREATE SUBSCRIPTION s19_retaining CONNECTION 'host=publisher.example dbname=d' PUBLICATION p, q
  WITH (connect = false, slot_name = NONE, retain_dead_tuples = true, max_retention_duration = 1000);
CREATE SUBSCRIPTION s19_endless CONNECTION 'host=publisher.example dbname=d' PUBLICATION p
  WITH (connect = false, slot_name = NONE, wal_receiver_timeout = 0);
COMMENT ON SUBSCRIPTION connection IS 'by a server';
