CREATE SCHEMA collations_icu;
SET search_path = collations_icu, public;
CREATE COLLATION german (provider = icu, locale = 'de-DE');
CREATE COLLATION phone_book (provider = icu, locale = 'de-u-co-phonebk');
CREATE COLLATION numeric_order (provider = icu, locale = 'en-u-kn-true');
CREATE COLLATION upper_first (provider = icu, locale = 'und-u-kf-upper');
CREATE COLLATION no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE COLLATION no_accent (provider = icu, locale = 'und-u-ks-level1-kc-true', deterministic = false);
COMMENT ON COLLATION no_case IS 'case does not count';
CREATE TABLE word (w text COLLATE no_case PRIMARY KEY, german text COLLATE german, part text COLLATE numeric_order UNIQUE,
  accent text COLLATE no_accent, u text COLLATE "und-x-icu");
CREATE TABLE mention (w text COLLATE no_case REFERENCES word (w), page int);
CREATE INDEX word_german ON word (german COLLATE phone_book, u COLLATE upper_first);
