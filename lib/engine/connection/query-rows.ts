import type pg from 'pg';

type Rows = ReadonlyArray<Readonly<Record<string, unknown>>>;

/** Runs one query and returns its rows. Values that the query casts to text are text, or null. */
export type QueryRows = (sql: string) => Promise<Rows>;

/** Runs queries on a session's connection, as {@link gathered} describes. */
export function queryRows(client: pg.Client): QueryRows {
  return gathered(queriesAtOnce(client));
}

/** Runs several queries, and returns the rows of each. */
export type QueryAll = (statements: readonly string[]) => Promise<readonly Rows[]>;

/**
 * Sends all statements in one message, so that a distant server costs one round trip: a simple query may hold
 * several statements. `types` says how to read values. @default as pg does
 */
export function queriesAtOnce(client: pg.Client, types?: pg.CustomTypesConfig): QueryAll {
  return async (statements) => {
    const text = statements.join(';\n');
    const answer: unknown = await client.query(types ? { text, types } : text);
    const results = (Array.isArray(answer) ? answer : [answer]) as pg.QueryResult[];
    return results.map(({ rows }) => rows);
  };
}

/**
 * Gathers all queries that are asked in the same turn into one message, so that together they cost one round
 * trip to a distant server. They also fail together. Each query must be one statement, without a semicolon.
 */
export function gathered(queryAll: QueryAll): QueryRows {
  let waiting: Question[] = [];
  let asking = false;
  const ask = async (): Promise<void> => {
    while (waiting.length > 0) {
      const questions = waiting;
      waiting = [];
      try {
        const answers = await queryAll(questions.map(({ sql }) => sql));
        if (answers.length !== questions.length)
          throw new Error(`${questions.length} questions had ${answers.length} answers`);
        for (const [index, { resolve }] of questions.entries()) resolve(answers[index] ?? []);
      } catch (error) {
        for (const { reject } of questions) reject(error);
      }
    }
    asking = false;
  };
  return (sql) =>
    new Promise((resolve, reject) => {
      waiting.push({ sql, resolve, reject });
      if (asking) return;
      asking = true;
      // nextTick, so that everything that needs no answer first can add its query.
      process.nextTick(ask);
    });
}

interface Question {
  readonly sql: string;
  resolve(rows: Rows): void;
  reject(reason: unknown): void;
}
