CREATE TABLE shop.modern (
  id integer,
  label text CONSTRAINT label_given NOT NULL NO INHERIT,
  later text,
  CONSTRAINT wished CHECK (id > 0) NOT ENFORCED
);
ALTER TABLE shop.modern ADD CONSTRAINT later_given NOT NULL later NOT VALID;
CREATE TABLE shop.doubles (id integer, doubled integer GENERATED ALWAYS AS (id * 2) VIRTUAL);
CREATE TABLE shop.booked (room int4range, valid_at daterange,
  CONSTRAINT booked_key PRIMARY KEY (room, valid_at WITHOUT OVERLAPS));
CREATE TABLE shop.guests (room int4range, valid_at daterange, name text,
  CONSTRAINT guests_room FOREIGN KEY (room, PERIOD valid_at) REFERENCES shop.booked (room, PERIOD valid_at));
CREATE PUBLICATION computed FOR TABLE shop.doubles WITH (publish_generated_columns = stored);
