CREATE SCHEMA conversions;
CREATE DEFAULT CONVERSION conversions.latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE CONVERSION conversions."back; again" FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;
COMMENT ON CONVERSION conversions.latin IS 'for the old till';
CREATE TABLE conversions.t AS SELECT 'käse'::text AS x;
