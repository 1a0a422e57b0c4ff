SET search_path = pending_detach, public;
INSERT INTO kind SELECT generate_series(0, 3);
INSERT INTO event SELECT g, '2024-05-05', g % 4 FROM generate_series(1, 100) g;
INSERT INTO event SELECT g, '2025-05-05', g % 4 FROM generate_series(1, 100) g;
INSERT INTO event SELECT g, '2026-05-05', g % 4 FROM generate_series(1, 100) g;
INSERT INTO other VALUES (1);
-- What DETACH PARTITION … CONCURRENTLY has done when it is interrupted; only one partition of a table can be in that state.
ALTER TABLE "event; ""2025" ADD CHECK (at >= '2025-01-01' AND at < '2026-01-01');
UPDATE pg_catalog.pg_inherits SET inhdetachpending = true
 WHERE inhrelid IN ('"event; ""2025"'::regclass, 'event_2026'::regclass, 'other_1'::regclass);
