INSERT INTO extension_newer.measured VALUES (1), (2);
