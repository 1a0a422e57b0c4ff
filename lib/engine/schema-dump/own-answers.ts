import { commandComplete, cString, message, readyForQuery } from '../wire/backend-messages.ts';

/** A relation's name, as it is in the catalog. */
export interface RelationName {
  readonly schema: string;
  readonly name: string;
}

export interface OwnAnswersOptions {
  /**
   * Relations that stay locked in ACCESS SHARE MODE, by this session or another one, until pg_dump is done. The
   * session must have no statement_timeout then.
   * @default unknown
   */
  readonly locked?: readonly RelationName[];
  /** The session has a lock_timeout that pg_dump must not switch off. */
  readonly keepsLockTimeout?: boolean;
}

/** Either the answer, or what to ask the server instead. */
export type OwnAnswer = { readonly answer: Uint8Array } | { readonly ask: Uint8Array };

const LOCK_TABLES = /^LOCK TABLE (.+) IN ACCESS SHARE MODE$/s;
const STATEMENT_TIMEOUT = /^SET statement_timeout = '?(\d+)'?$/;
const LOCK_TIMEOUT = 'SET lock_timeout = 0';

/**
 * Answers statements of pg_dump whose effect is there already, without the server: locks that the backup
 * holds, and the time-out that pg_dump sets around them. A lock that is not held is still asked for. Whether
 * the relations have the same names as when they were locked is not looked at: it is compared afterwards, with
 * everything else that may have changed.
 */
export class OwnAnswers {
  readonly #locked: ReadonlySet<string> | undefined;
  readonly #keepsLockTimeout: boolean;
  /** The statement_timeout that pg_dump believes it has set. */
  #timeout = '0';

  constructor({ locked, keepsLockTimeout = false }: OwnAnswersOptions) {
    this.#locked = locked && new Set(locked.map(({ schema, name }) => keyOf(schema, name)));
    this.#keepsLockTimeout = keepsLockTimeout;
  }

  answer(request: Uint8Array): OwnAnswer {
    const query = textOf(request);
    if (this.#keepsLockTimeout && query === LOCK_TIMEOUT) return done('SET');
    if (this.#locked === undefined) return { ask: request };
    const timeout = STATEMENT_TIMEOUT.exec(query)?.[1];
    if (timeout !== undefined) {
      this.#timeout = timeout;
      return done('SET');
    }
    const names = LOCK_TABLES.exec(query)?.[1];
    return names === undefined ? { ask: request } : this.#lock(names, this.#locked, query);
  }

  #lock(list: string, locked: ReadonlySet<string>, query: string): OwnAnswer {
    const names = readNames(list);
    const missing = names?.filter(({ schema, name }) => !locked.has(keyOf(schema, name)));
    if (missing?.length === 0) return done('LOCK TABLE');
    const lock = missing
      ? `LOCK TABLE ${missing.map(({ text }) => text).join(', ')} IN ACCESS SHARE MODE`
      : query;
    const set = (milliseconds: string) => `SET statement_timeout = ${milliseconds}`;
    return { ask: message('Q', cString([set(this.#timeout), lock, set('0')].join('; '))) };
  }
}

/** The text of a Query message. */
export function textOf(request: Uint8Array): string {
  return Buffer.from(request.buffer, request.byteOffset, request.byteLength).toString(
    'utf8',
    5,
    request.length - 1,
  );
}

function done(tag: string): OwnAnswer {
  return { answer: Buffer.concat([commandComplete(tag), readyForQuery('T')]) };
}

function keyOf(schema: string, name: string): string {
  return `${schema}\0${name}`;
}

const PART = '("(?:[^"]|"")+"|[a-z_][a-z0-9_]*)';
const QUALIFIED_NAME = new RegExp(String.raw`${PART}\.${PART}(?:, |$)`, 'y');

/** Reads `public.a, public."B"`. Returns undefined if this is something else. */
function readNames(list: string): Array<RelationName & { readonly text: string }> | undefined {
  const names: Array<RelationName & { text: string }> = [];
  for (let at = 0; at < list.length; at = QUALIFIED_NAME.lastIndex) {
    QUALIFIED_NAME.lastIndex = at;
    const [, schema, name] = QUALIFIED_NAME.exec(list) ?? [];
    if (schema === undefined || name === undefined) return undefined;
    names.push({ schema: plain(schema), name: plain(name), text: `${schema}.${name}` });
  }
  return names;
}

function plain(identifier: string): string {
  return identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier;
}
