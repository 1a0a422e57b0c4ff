import type { Measure } from './measure.ts';

/** How old the oldest transaction and multixact IDs of a database are, in IDs. */
export interface FreezeAge {
  /** Quoted as SQL needs it. */
  readonly database: string;
  readonly transactionAge: number;
  readonly multixactAge: number;
}

export interface FreezeAges {
  /** Of all databases of the server, because all of them stop together. The oldest first. */
  readonly databases: readonly FreezeAge[];
  /** autovacuum_freeze_max_age and autovacuum_multixact_freeze_max_age: from here on, vacuum comes by itself. */
  readonly transactionMaxAge: number;
  readonly multixactMaxAge: number;
}

export const freezeAges: Measure<FreezeAges> = {
  name: 'freeze-ages',
  sql: () => `
    SELECT pg_catalog.quote_ident(d.datname) AS database, pg_catalog.age(d.datfrozenxid)::float8 AS xids,
           pg_catalog.mxid_age(d.datminmxid)::float8 AS multixacts,
           pg_catalog.current_setting('autovacuum_freeze_max_age')::float8 AS max_xids,
           pg_catalog.current_setting('autovacuum_multixact_freeze_max_age')::float8 AS max_multixacts
      FROM pg_catalog.pg_database d ORDER BY 2 DESC`,
  read: (rows) => ({
    databases: rows.map((row) => ({
      database: String(row.database),
      transactionAge: Number(row.xids),
      multixactAge: Number(row.multixacts),
    })),
    transactionMaxAge: Number(rows[0]?.max_xids),
    multixactMaxAge: Number(rows[0]?.max_multixacts),
  }),
};
