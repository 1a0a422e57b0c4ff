CREATE SCHEMA generated_virtual;
SET search_path = generated_virtual, public;
CREATE TABLE t (a int, twice int GENERATED ALWAYS AS (a * 2) VIRTUAL, thrice int GENERATED ALWAYS AS (a * 3) STORED, b text,
  up text GENERATED ALWAYS AS (upper(b)), CONSTRAINT sane CHECK (twice >= 0));
CREATE VIEW v AS SELECT twice, up FROM t;
CREATE TABLE p (k int, v int, s int GENERATED ALWAYS AS (k + v)) PARTITION BY LIST (k);
CREATE TABLE p_1 PARTITION OF p FOR VALUES IN (1);
CREATE PUBLICATION gv_computed FOR TABLE t WITH (publish_generated_columns = stored);
