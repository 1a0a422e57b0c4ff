CREATE SCHEMA subscriptions;
CREATE TABLE subscriptions.t (id int PRIMARY KEY, body text);
CREATE SUBSCRIPTION sub_plain CONNECTION 'host=db.example dbname=x user=repl password=''sub secret''' PUBLICATION p1, "p; 2"
  WITH (connect = false, slot_name = NONE, synchronous_commit = 'local', binary = true);
CREATE SUBSCRIPTION "sub; odd" CONNECTION 'dbname=y host=db.example' PUBLICATION p WITH (connect = false, slot_name = 'sub_odd');
COMMENT ON SUBSCRIPTION sub_plain IS 'from the depot';
