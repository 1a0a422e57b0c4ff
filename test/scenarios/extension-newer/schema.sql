CREATE SCHEMA extension_newer;
CREATE EXTENSION seg SCHEMA extension_newer;
CREATE TABLE extension_newer.measured (id int PRIMARY KEY);
CREATE VIEW extension_newer.later AS SELECT extension_newer.seg_of_later(id) AS x FROM extension_newer.measured;
CREATE VIEW extension_newer.much_later AS SELECT x FROM extension_newer.later;
COMMENT ON VIEW extension_newer.later IS 'needs 99.0';
