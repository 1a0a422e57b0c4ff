CREATE SCHEMA extension_configuration;
CREATE EXTENSION lifeboat_shop;
CREATE TABLE extension_configuration.t (id int);
