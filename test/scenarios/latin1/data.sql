INSERT INTO latin1."größe" VALUES (1, 'Müller ñ ÿ'), (2, 'plain'), (3, E'tab\tnl\n');
