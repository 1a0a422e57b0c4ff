-- What PGlite does not do: its conversions hang, and its subscriptions break text search.
CREATE CONVERSION shop.latin FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1;
COMMENT ON CONVERSION shop.latin IS 'for the old till';
CREATE SUBSCRIPTION deliveries CONNECTION 'host=db.example.org password=swordfish dbname=depot'
  PUBLICATION parcels, letters WITH (connect = false);
COMMENT ON SUBSCRIPTION deliveries IS 'from the depot';
