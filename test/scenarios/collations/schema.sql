CREATE SCHEMA collations;
SET search_path = collations, public;
CREATE COLLATION bytewise (provider = libc, locale = 'C');
CREATE COLLATION "by; Code ""Point""" FROM bytewise;
COMMENT ON COLLATION bytewise IS 'by byte';
CREATE DOMAIN label AS text COLLATE bytewise;
CREATE TYPE named AS (first text COLLATE bytewise, last text);
CREATE TABLE word (w text COLLATE "by; Code ""Point""" PRIMARY KEY, l label, n named, plain text, posix text COLLATE "POSIX",
  CHECK (w < '~'));
CREATE INDEX word_plain ON word (plain COLLATE "C", lower(l) COLLATE bytewise);
CREATE VIEW sorted AS SELECT w, plain COLLATE "C" AS p FROM word ORDER BY plain COLLATE "C";
