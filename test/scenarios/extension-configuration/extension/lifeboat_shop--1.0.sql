CREATE TABLE setting (name text PRIMARY KEY, value text, own boolean DEFAULT true);
CREATE TABLE whole (id serial, x text);
CREATE TABLE not_dumped (id int);
INSERT INTO setting VALUES ('built in', 'a', false), ('built in too', 'b', false);
INSERT INTO not_dumped VALUES (1);
SELECT pg_catalog.pg_extension_config_dump('setting', 'WHERE own');
SELECT pg_catalog.pg_extension_config_dump('whole', '');
SELECT pg_catalog.pg_extension_config_dump('whole_id_seq', '');
