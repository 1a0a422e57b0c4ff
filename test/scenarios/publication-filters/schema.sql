CREATE SCHEMA publication_filters;
CREATE SCHEMA "publication; schema";
SET search_path = publication_filters, public;
CREATE TABLE a (id int PRIMARY KEY, x text, y text);
CREATE TABLE b (id int PRIMARY KEY, "odd; column" text);
CREATE TABLE "publication; schema".t (id int);
CREATE PUBLICATION pf_partial FOR TABLE a (id, x) WHERE (id > 100), b ("odd; column", id);
CREATE PUBLICATION pf_where FOR TABLE a WHERE (id > 5 AND id IS NOT NULL);
CREATE PUBLICATION pf_schema FOR TABLES IN SCHEMA "publication; schema", publication_filters;
