CREATE UNIQUE INDEX orders_note ON shop.orders (note) NULLS NOT DISTINCT;
CREATE VIEW shop.mine WITH (security_invoker) AS SELECT * FROM shop.orders;
CREATE PUBLICATION partial FOR TABLE shop.users (id, name) WHERE (id > 100);
CREATE PUBLICATION odd FOR TABLES IN SCHEMA "Odd Schema";
ALTER TABLE shop.event_notes ADD CONSTRAINT notes_event_too FOREIGN KEY (event_id, event_at) REFERENCES shop.events (id, at)
  ON DELETE SET NULL (event_id);
CREATE UNLOGGED SEQUENCE shop.scratch;
