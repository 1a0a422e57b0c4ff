CREATE SCHEMA partitions_by_text;
SET search_path = partitions_by_text, public;
CREATE TABLE letters (word text, n int, CHECK (word < 'zzz')) PARTITION BY RANGE (word);
CREATE TABLE early PARTITION OF letters FOR VALUES FROM (MINVALUE) TO ('m');
CREATE TABLE late PARTITION OF letters FOR VALUES FROM ('m') TO (MAXVALUE);
CREATE INDEX letters_word ON letters (word);
CREATE MATERIALIZED VIEW ends AS SELECT min(word) AS first, max(word) AS last FROM letters;
