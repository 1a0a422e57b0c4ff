import { LifeboatError } from '../ground/errors.ts';

export interface PgDumpMessages {
  /**
   * Why pg_dump failed: messages marked as errors. If there are none (a wrong option), those without a mark.
   */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

const MESSAGE = /^pg_dump: (?:(error|warning|detail|hint): )?/;
/** pg_dump prints the failed catalog query, which is long and does not help the reader. */
const QUERY = /^(?:Query|Command) was: /;
const QUERY_POSITION = /^(?:LINE \d+: | *\^$)/;

/** Sorts the messages that pg_dump wrote to stderr. A detail or hint belongs to the message before it. */
export function readPgDumpMessages(stderr: string): PgDumpMessages {
  const errors: string[] = [];
  const warnings: string[] = [];
  const unlabelled: string[] = [];
  let list: string[] | undefined;
  let inQuery = false;
  for (const line of stderr.split('\n')) {
    const match = MESSAGE.exec(line);
    const label = match?.[1];
    const text = (match ? line.slice(match[0].length) : line).trim();
    if (match) inQuery = QUERY.test(text);
    if (inQuery || text === '' || QUERY_POSITION.test(line)) continue;
    if (match && label !== 'detail' && label !== 'hint') {
      list = label === 'error' ? errors : label === 'warning' ? warnings : unlabelled;
      list.push(text);
    } else if (list) {
      list.push(`${list.pop()} ${label === undefined ? text : `(${text})`}`);
    }
  }
  return { errors: errors.length > 0 ? errors : unlabelled, warnings };
}

/** The error for a failed pg_dump, with pg_dump's own messages. */
export function schemaDumpFailed(errors: readonly string[], failure: string): LifeboatError {
  const words = (errors.length > 0 ? errors.join('; ') : failure).replace(/\s+/g, ' ').trim();
  return new LifeboatError({
    code: 'schema-dump-failed',
    kind: 'source',
    what: `pg_dump could not dump the schema: ${words.replace(/\.?$/, '.')}`,
    meaning: 'A backup without its schema cannot be restored, so no backup was made.',
  });
}
