CREATE SCHEMA constraints_18;
SET search_path = constraints_18, public;
CREATE TABLE modern (id int PRIMARY KEY, label text CONSTRAINT label_given NOT NULL NO INHERIT, later text, CONSTRAINT wished CHECK (id > 0) NOT ENFORCED);
CREATE TABLE child (more int) INHERITS (modern);
CREATE TABLE friend (id int, CONSTRAINT loose FOREIGN KEY (id) REFERENCES modern (id) NOT ENFORCED);
CREATE TABLE booked (room int4range, valid_at daterange, CONSTRAINT booked_key PRIMARY KEY (room, valid_at WITHOUT OVERLAPS));
CREATE TABLE guests (room int4range, valid_at daterange, name text,
  CONSTRAINT guests_room FOREIGN KEY (room, PERIOD valid_at) REFERENCES booked (room, PERIOD valid_at));
-- Names that must be quoted, on columns that come from the parent.
CREATE TABLE named_parent (note text, other text);
CREATE TABLE named_kid (CONSTRAINT "Named; by ""hand""" CHECK (note <> '')) INHERITS (named_parent);
ALTER TABLE named_kid ADD CONSTRAINT "Own NOT NULL (of it)" NOT NULL note;
ALTER TABLE named_kid ADD CONSTRAINT "select" NOT NULL other;
