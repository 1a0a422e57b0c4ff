INSERT INTO event_triggers.kept VALUES (1), (2);
