INSERT INTO constraints.room VALUES (1, '[2026-01-01,2026-01-02)', 'x'), (2, '[2026-01-01,2026-01-02)', 'y');
