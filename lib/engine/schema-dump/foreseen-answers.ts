import { cString, message, readyForQuery } from '../wire/backend-messages.ts';
import { MessageStream } from '../wire/message-stream.ts';
import recorded from './foreseen-queries.json' with { type: 'json' };

type Exchange = (request: Uint8Array) => Promise<Uint8Array>;

/** Queries that pg_dump will send, in this order, to a server of this major version; none if it is unknown. */
export function foreseenQueries(major: number): readonly string[] {
  const positions: readonly number[] =
    (recorded.byMajor as Readonly<Record<string, number[]>>)[String(major)] ?? [];
  return positions.flatMap((position) => recorded.queries[position] ?? []);
}

/**
 * Answers to queries that pg_dump has not sent yet. They are asked together, because each query of pg_dump is a
 * round trip. A query that was not foreseen, word for word, must go to the server.
 */
export class ForeseenAnswers {
  readonly #answers: Map<string, Uint8Array[]>;

  private constructor(answers: Map<string, Uint8Array[]>) {
    this.#answers = answers;
  }

  /**
   * Asks all of these queries, in a transaction. If the server refuses one, or answers in an unknown way, there
   * are no answers, and the transaction is as it was before.
   */
  static async ask(exchange: Exchange, queries: readonly string[]): Promise<ForeseenAnswers> {
    const answers = new Map<string, Uint8Array[]>();
    if (queries.length === 0) return new ForeseenAnswers(answers);
    const { parts, isRefused } = cutAnswer(await exchange(queryMessage([SAVEPOINT, ...queries, RELEASE])));
    if (isRefused) await exchange(queryMessage([`ROLLBACK TO ${SAVEPOINT}`, RELEASE]));
    // The first and the last are those of the savepoint.
    if (parts.length !== queries.length + 2) return new ForeseenAnswers(answers);
    for (const [index, query] of queries.entries()) {
      const answer = parts[index + 1];
      if (answer) answers.set(query, [...(answers.get(query) ?? []), answer]);
    }
    return new ForeseenAnswers(answers);
  }

  /** The answer to this query. A query that was foreseen twice is answered twice. */
  take(query: string): Uint8Array | undefined {
    return this.#answers.get(query)?.shift();
  }
}

const SAVEPOINT = 'SAVEPOINT lifeboat_foreseen';
const RELEASE = 'RELEASE SAVEPOINT lifeboat_foreseen';

function queryMessage(statements: readonly string[]): Uint8Array {
  const bare = statements.map((statement) => statement.replace(/;$/, ''));
  return message('Q', cString(bare.join(';\n')));
}

/**
 * Cuts the answer to several statements into one answer for each; none if it has an error, or anything else
 * than rows and ends of commands. What the server reports (a parameter, a notice) comes with the next
 * statement that ends, or with the first one: servers report parameters when everything is done.
 */
function cutAnswer(whole: Uint8Array): { parts: Uint8Array[]; isRefused: boolean } {
  const parts: Uint8Array[] = [];
  const types = new Set<string>();
  let from = 0;
  let ready = 0;
  let at = 0;
  new MessageStream().read(whole, (type, end) => {
    types.add(type);
    if (type === 'C') {
      parts.push(Buffer.concat([whole.subarray(from, end), readyForQuery('T')]));
      from = end;
    }
    if (type === 'Z') ready = at;
    at = end;
  });
  const isRefused = types.has('E');
  if (isRefused || [...types].some((type) => !'TDCSNZ'.includes(type))) return { parts: [], isRefused };
  const [savepoint, first, ...others] = parts;
  return savepoint && first
    ? { parts: [savepoint, Buffer.concat([whole.subarray(from, ready), first]), ...others], isRefused }
    : { parts, isRefused };
}
