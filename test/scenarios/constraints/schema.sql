CREATE SCHEMA constraints;
SET search_path = constraints, public;
CREATE TABLE base (id int PRIMARY KEY, code text UNIQUE, late text UNIQUE DEFERRABLE INITIALLY DEFERRED, a int, b int, UNIQUE (a, b) INCLUDE (code),
  CONSTRAINT "odd; (check)" CHECK (a > 0 OR b IS NULL));
CREATE TABLE dependent (id int REFERENCES base ON DELETE CASCADE ON UPDATE SET NULL, a int, b int, code text REFERENCES base (code) DEFERRABLE,
  FOREIGN KEY (a, b) REFERENCES base (a, b) MATCH FULL ON DELETE SET DEFAULT);
CREATE TABLE room (n int, during tsrange, kind text, CONSTRAINT once EXCLUDE USING gist (during WITH &&) WHERE (kind = 'x') DEFERRABLE,
  EXCLUDE USING btree (n WITH =));
CREATE TABLE parent (a int, CONSTRAINT here CHECK (a < 100) NO INHERIT);
CREATE TABLE child () INHERITS (parent);
INSERT INTO base VALUES (1, 'x', 'l', 1, 2), (2, 'y', NULL, 3, 4);
INSERT INTO dependent VALUES (1, 1, 2, 'x'), (NULL, NULL, NULL, NULL);
INSERT INTO child VALUES (1000);
CREATE TABLE old (id int, ref int);
INSERT INTO old VALUES (-1, 99);
ALTER TABLE old ADD CONSTRAINT late CHECK (id > 0) NOT VALID, ADD CONSTRAINT late_ref FOREIGN KEY (ref) REFERENCES base NOT VALID;
CREATE UNIQUE INDEX given ON old (id);
ALTER TABLE old ADD CONSTRAINT renamed UNIQUE USING INDEX given;
ALTER TABLE base CLUSTER ON base_pkey;
