INSERT INTO inheritance.animal VALUES ('a'), ('b');
INSERT INTO inheritance.dog (name, breed) VALUES ('rex', 'x');
INSERT INTO inheritance.puppy (name, weeks) VALUES ('tiny', 3);
INSERT INTO inheritance.stray VALUES ('s', 2, 3);
INSERT INTO inheritance.kitten (name) VALUES ('k');
