import type pg from 'pg';

type Rows = ReadonlyArray<Readonly<Record<string, unknown>>>;

/** Runs one query and gives its rows; values are text, or null, wherever the query casts them. */
export type QueryRows = (sql: string) => Promise<Rows>;

/** On a session's connection; see {@link gathered}. */
export function queryRows(client: pg.Client): QueryRows {
  return gathered(queriesAtOnce(client));
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

/**
 * What is asked before an answer is awaited goes in one message, so that a distant server costs one round trip for all of it, and
 * fails together. Each query is one statement, without a semicolon.
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
      // Once everything that can go on without an answer has asked.
      process.nextTick(ask);
    });
}

interface Question {
  readonly sql: string;
  resolve(rows: Rows): void;
  reject(reason: unknown): void;
}
