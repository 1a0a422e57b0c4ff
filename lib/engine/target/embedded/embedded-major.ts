/** PGlite 0.5 is PostgreSQL 18. */
export const EMBEDDED_MAJOR = 18;
