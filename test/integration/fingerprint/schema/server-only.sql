-- What PGlite does not do. Its conversions hang, and its subscriptions break text search.
CREATE CONVERSION shop.latin FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;
COMMENT ON CONVERSION shop.latin IS 'for the old till';
CREATE SUBSCRIPTION deliveries CONNECTION 'host=db.example.org password=swordfish dbname=depot'
  PUBLICATION parcels, letters WITH (connect = false);
COMMENT ON SUBSCRIPTION deliveries IS 'from the depot';
-- Locales of ICU: PGlite knows the root only. 16 and later rewrite the first into a language tag.
CREATE COLLATION shop.german (provider = icu, locale = 'de_DE');
CREATE COLLATION shop.no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE shop.words (word text COLLATE shop.no_case UNIQUE);
