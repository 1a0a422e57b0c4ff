CREATE FUNCTION shop.added(a integer, b integer DEFAULT 2) RETURNS integer LANGUAGE sql RETURN a + b;
CREATE PROCEDURE shop.atomic(OUT answer integer) LANGUAGE sql BEGIN ATOMIC SELECT 42; END;
CREATE STATISTICS shop.users_expression ON (lower(name)), status FROM shop.users;
CREATE TABLE shop.packed (body text COMPRESSION pglz);
CREATE TYPE shop.weight_range AS RANGE (subtype = integer, multirange_type_name = shop.weights);
