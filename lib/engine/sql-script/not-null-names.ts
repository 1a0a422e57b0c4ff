import { quoteIdentifier } from '../ground/sql.ts';
import { decodeName } from './names.ts';
import { statementTarget } from './statement-target.ts';
import { splitStatements } from './statements.ts';
import { significantTokens, type Token, TokenReader, wordOf } from './tokens.ts';

/**
 * The first major version in which NOT NULL is a constraint with a name: 18 for columns, 17 for domains
 * (release notes).
 */
const NAMED_SINCE = { table: 18, domain: 17 } as const;

const VERSION = /^-- Dumped from database version (\d+)/m;
const MAY_CLASH = /_not_null\d*"?\s/;

/**
 * Names NOT NULL constraints whose default name would clash. A server gives a NOT NULL without a name the
 * default `users_email_not_null`. If the dump gives that name to another constraint, for example to a CHECK
 * that is added later, the server refuses it. So a NOT NULL of an older source, which has no names, gets
 * another name here, in syntax that every major accepts. A NOT NULL of a newer source has the default name,
 * and pg_dump leaves it out. The server would number it if any table in the schema has a constraint of that
 * name, so the name is spelled out.
 */
export class NotNullNames {
  readonly #taken: ReadonlySet<string>;
  readonly #sourceMajor: number;
  readonly #given = new Set<string>();

  /** `scripts` are pre-data.sql and post-data.sql. pg_dump's comment in them gives the source's version. */
  constructor(scripts: readonly string[]) {
    const version = scripts.map((script) => VERSION.exec(script.slice(0, 1000))?.[1]).find(Boolean);
    this.#sourceMajor = Number(version ?? 0);
    this.#taken = new Set(version === undefined ? [] : scripts.flatMap(namesOfConstraints));
  }

  /** The statement for a server of this major version; unchanged unless a name would clash there. */
  fit(statement: string, serverMajor: number): string {
    if (this.#taken.size === 0 || !/\bNOT\s+NULL\b/i.test(statement)) return statement;
    const { verb, objectType, name = '', action, column } = statementTarget(statement);
    const isTable = objectType === 'TABLE' || objectType === 'FOREIGN TABLE';
    if (isTable && serverMajor >= NAMED_SINCE.table) {
      if (verb === 'CREATE') return this.#nameInTable(statement, name);
      if (action === 'ALTER COLUMN SET NOT NULL') return this.#addByName(statement, name, column ?? '');
    }
    if (verb === 'CREATE' && objectType === 'DOMAIN' && serverMajor >= NAMED_SINCE.domain) {
      return this.#nameInDomain(statement, name);
    }
    return statement;
  }

  /** A whole script for servers of every major version, the source's included. */
  fitScript(script: string): string {
    if (this.#taken.size === 0) return script;
    const pieces: string[] = [];
    let kept = 0;
    for (const { text, start, end } of splitStatements(script)) {
      // ALTER statements stay unchanged: only a newer server reads the new syntax, and the file is for older
      // ones, too.
      if (/^ALTER\b/i.test(text)) continue;
      pieces.push(script.slice(kept, start), this.fit(text, Number.POSITIVE_INFINITY));
      kept = end;
    }
    return pieces.join('') + script.slice(kept);
  }

  #nameInTable(statement: string, table: string): string {
    const tokens = significantTokens(statement);
    const insertions = tokens.flatMap((token, at) => {
      if (!isNotNull(tokens, at, 1) || isNameOfConstraint(tokens[at - 2])) return [];
      const first = firstOfElement(tokens, at);
      // A table constraint has its column's name after NOT NULL; in a column's own NOT NULL the name comes
      // before.
      const named = first === at ? tokens[at + 2] : tokens[first];
      const name = named && this.#nameOf('table', table, decodeName(named.kind, named.text));
      return name === undefined ? [] : [{ at: token.start, name }];
    });
    return withNames(statement, insertions);
  }

  #nameInDomain(statement: string, domain: string): string {
    const tokens = significantTokens(statement);
    const at = tokens.findIndex((_, index) => isNotNull(tokens, index, 0));
    const token = tokens[at];
    const name = isNameOfConstraint(tokens[at - 2]) ? undefined : this.#nameOf('domain', domain);
    return token && name !== undefined ? withNames(statement, [{ at: token.start, name }]) : statement;
  }

  #addByName(statement: string, table: string, column: string): string {
    const name = this.#nameOf('table', table, column);
    const alter = significantTokens(statement).findLast((token) => wordOf(token) === 'ALTER');
    if (name === undefined || alter === undefined) return statement;
    const constraint = `ADD CONSTRAINT ${quoteIdentifier(name)} NOT NULL ${quoteIdentifier(column)};`;
    return `${statement.slice(0, alter.start)}${constraint}`;
  }

  /** The name to write; undefined if the server's default name does not clash. */
  #nameOf(kind: keyof typeof NAMED_SINCE, owner: string, column?: string): string | undefined {
    const chosen = chosenName(owner, column, 'not_null');
    if (!this.#taken.has(chosen)) return undefined;
    if (this.#sourceMajor >= NAMED_SINCE[kind]) return chosen;
    for (let number = 1; ; number += 1) {
      const name = chosenName(owner, column, `not_null${number}`);
      const key = `${owner}\0${name}`;
      if (this.#taken.has(name) || this.#given.has(key)) continue;
      this.#given.add(key);
      return name;
    }
  }
}

function namesOfConstraints(script: string): string[] {
  if (!MAY_CLASH.test(script)) return [];
  return splitStatements(script)
    .filter(({ text }) => MAY_CLASH.test(text))
    .flatMap(({ text }) => {
      const tokens = significantTokens(text);
      return tokens.flatMap((token, at) => {
        if (wordOf(token) !== 'CONSTRAINT') return [];
        const reader = new TokenReader(tokens.slice(at + 1));
        reader.readWords('TRIGGER');
        const name = reader.readName();
        return name !== undefined && /_not_null\d*$/.test(name) ? [name] : [];
      });
    });
}

function isNotNull(tokens: readonly Token[], at: number, depth: number): boolean {
  const token = tokens[at];
  return token?.depth === depth && wordOf(token) === 'NOT' && wordOf(tokens[at + 1]) === 'NULL';
}

function isNameOfConstraint(before: Token | undefined): boolean {
  return wordOf(before) === 'CONSTRAINT';
}

/** The first token of the list's element that holds the token `at`. */
function firstOfElement(tokens: readonly Token[], at: number): number {
  let first = at;
  for (let before = tokens[first - 1]; before; before = tokens[first - 1]) {
    if (before.depth === 0 || (before.depth === 1 && before.text === ',')) return first;
    first -= 1;
  }
  return first;
}

function withNames(statement: string, insertions: ReadonlyArray<{ at: number; name: string }>): string {
  let text = statement;
  for (const { at, name } of insertions.toReversed()) {
    text = `${text.slice(0, at)}CONSTRAINT ${quoteIdentifier(name)} ${text.slice(at)}`;
  }
  return text;
}

/** NAMEDATALEN without the final zero byte. */
const LONGEST_NAME = 63;

/**
 * Builds a name as PostgreSQL does (indexcmds.c, makeObjectName): it cuts the longer part, at the end of a
 * character.
 */
function chosenName(owner: string, column: string | undefined, label: string): string {
  const parts = [owner, ...(column === undefined ? [] : [column])].map((part) => Buffer.from(part));
  const lengths = parts.map(({ length }) => length);
  const available = LONGEST_NAME - label.length - parts.length;
  while (lengths.reduce((sum, length) => sum + length, 0) > available) {
    const [first = 0, second = 0] = lengths;
    if (first > second) lengths[0] = first - 1;
    else lengths[1] = second - 1;
  }
  return [...parts.map((part, at) => wholeCharacters(part, lengths[at] ?? 0)), label].join('_');
}

function wholeCharacters(bytes: Buffer, length: number): string {
  let end = length;
  while (end > 0 && end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString('utf8');
}
