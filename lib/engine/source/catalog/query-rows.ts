import type pg from 'pg';

type Rows = ReadonlyArray<Readonly<Record<string, unknown>>>;

/** Runs one query and gives its rows; values are text, or null, wherever the query casts them. */
export type QueryRows = (sql: string) => Promise<Rows>;

/** One after the other on a session's connection. */
export function queryRows(client: pg.Client): QueryRows {
  return async (sql) => (await client.query(sql)).rows;
}

/** Runs several, and gives the rows of each. */
export type QueryAll = (statements: readonly string[]) => Promise<readonly Rows[]>;

/**
 * All in one message, so that a distant server costs one round trip: a simple query may hold several statements. `types` say
 * how values are read; as pg does unless given.
 */
export function queriesAtOnce(client: pg.Client, types?: pg.CustomTypesConfig): QueryAll {
  return async (statements) => {
    const text = statements.join(';\n');
    const answer: unknown = await client.query(types ? { text, types } : text);
    const results = (Array.isArray(answer) ? answer : [answer]) as pg.QueryResult[];
    return results.map(({ rows }) => rows);
  };
}

export function oneByOne(query: QueryRows): QueryAll {
  return async (statements) => {
    const all: Rows[] = [];
    for (const sql of statements) all.push(await query(sql));
    return all;
  };
}
