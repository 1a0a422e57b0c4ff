/** The major version of the embedded PostgreSQL: PGlite 0.5 is PostgreSQL 18. */
export const EMBEDDED_MAJOR = 18;
