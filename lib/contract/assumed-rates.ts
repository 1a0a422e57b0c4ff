/**
 * COPY text that a function of 2048 MB backs up in a second. It reads 50 to 65 GB in 15 minutes (docs/performance.md). It is
 * assumed of a source until its own backups say more.
 */
export const ASSUMED_BACKUP_BYTES_PER_SECOND = 50e6;

/**
 * COPY text that a drill restores and compares in a second inside a function. Reckoned from drills of 25 to 32 MB/s on one
 * processor (docs/performance.md) with half of that speed, for a function has less.
 */
export const ASSUMED_DRILL_BYTES_PER_SECOND = 12e6;
