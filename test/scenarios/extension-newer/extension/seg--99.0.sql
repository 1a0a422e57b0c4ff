CREATE FUNCTION seg_of_later(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 1';
