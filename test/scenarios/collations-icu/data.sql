INSERT INTO collations_icu.word VALUES ('Apple', 'Äpfel', 'a10', 'élan', 'a'), ('banana', 'Zebra', 'a9', 'elan', 'B'), ('STRASSE', 'Straße', 'a1', 'x', 'ß');
INSERT INTO collations_icu.mention VALUES ('APPLE', 1), ('apple', 2), ('Banana', 3);
