CREATE SCHEMA self_reading_views;
SET search_path = self_reading_views;
CREATE DOMAIN "short name" AS varchar(20) COLLATE "C";
CREATE TABLE item (id int PRIMARY KEY, "a ""name""" "short name", price numeric(10, 2), words text COLLATE "C");
CREATE VIEW "its own, é" WITH (security_barrier = true) AS SELECT * FROM item;
CREATE OR REPLACE VIEW "its own, é" WITH (security_barrier = true) AS
  SELECT id, "a ""name""", price, words FROM "its own, é" WHERE id > 1;
COMMENT ON VIEW "its own, é" IS 'reads itself';
CREATE VIEW above AS SELECT id FROM "its own, é";
CREATE VIEW by_type AS SELECT id FROM item;
CREATE OR REPLACE VIEW by_type AS SELECT i.id FROM item i WHERE NULL::by_type IS NULL;
GRANT SELECT ON "its own, é" TO PUBLIC;
