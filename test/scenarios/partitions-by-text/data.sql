INSERT INTO partitions_by_text.letters VALUES ('apple', 1), ('Banana', 2), ('lemon', 3), ('Melon', 4), ('yak', 5), ('a-b', 6), ('ab', 7), ('_', 8);
REFRESH MATERIALIZED VIEW partitions_by_text.ends;
