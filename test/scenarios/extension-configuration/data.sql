INSERT INTO extension_configuration.setting VALUES ('mine', 'c', true);
INSERT INTO extension_configuration.whole (x) VALUES ('a'), ('b');
INSERT INTO extension_configuration.t VALUES (1);
