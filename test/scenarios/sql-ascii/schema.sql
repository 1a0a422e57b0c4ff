CREATE SCHEMA sql_ascii;
CREATE TABLE sql_ascii.t (id int PRIMARY KEY, x text);
