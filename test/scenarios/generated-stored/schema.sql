CREATE SCHEMA generated_stored;
SET search_path = generated_stored, public;
CREATE TABLE t (a int, gone text, twice int GENERATED ALWAYS AS (a * 2) STORED, b text, up text GENERATED ALWAYS AS (upper(b)) STORED,
  len int GENERATED ALWAYS AS (length(b)) STORED NOT NULL, CHECK (twice >= 0));
ALTER TABLE t DROP COLUMN gone;
CREATE UNIQUE INDEX t_twice ON t (twice);
CREATE TABLE only_generated (one int GENERATED ALWAYS AS (1) STORED);
CREATE TABLE p (k int, v int, sum int GENERATED ALWAYS AS (k + v) STORED) PARTITION BY LIST (k);
CREATE TABLE p_1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE child (c int) INHERITS (t);
