import { nameAt } from '../fingerprint/ancestry.ts';
import type { FingerprintItem } from '../fingerprint/compare-fingerprints.ts';
import type { ObjectName } from '../fingerprint/fingerprint.ts';
import { identifier, onRelation, qualified, withoutKeywordQuotes } from '../fingerprint/identity.ts';
import type { FailedStatement, SkippedStatement } from '../target/apply/apply-schema.ts';
import { plainList } from '../target/apply/signature.ts';

type LostStatement = SkippedStatement | FailedStatement;

/** Statements that give an object a property, and the facts that show it. */
const FACTS_OF_STATEMENTS: ReadonlyArray<readonly [statement: RegExp, facts: readonly string[]]> = [
  [/OWNER TO$/, ['owner', 'grants']],
  [/^COMMENT/, ['comment']],
  [/^(GRANT|REVOKE)/, ['grants']],
  [/SET COMPRESSION$/, ['compression']],
  [/ALTER COLUMN SET$| WITH$/, ['options', 'toastOptions']],
  [/^SECURITY LABEL/, ['securityLabels']],
];

/**
 * The objects and properties that skipped or refused statements lost, by their names in a fingerprint. The
 * report names the statement, so the comparison of catalogs does not report them again.
 */
export class Excused {
  readonly #byIdentity = new Map<string, LostStatement[]>();
  /** Tables whose access method the target lacks become heaps there, and no statement names them. */
  readonly #heapsInstead: boolean;

  constructor(statements: readonly LostStatement[]) {
    this.#heapsInstead = statements.some(({ name, statement }) =>
      statement === 'SET' ? name === 'default_table_access_method' : statement.endsWith('SET ACCESS METHOD'),
    );
    for (const statement of statements) {
      for (const identity of identitiesOf(statement)) {
        const same = this.#byIdentity.get(identity);
        if (same) same.push(statement);
        else this.#byIdentity.set(identity, [statement]);
      }
    }
  }

  /** `ancestors` returns the names of a table's direct parents. */
  explains(item: FingerprintItem, ancestors: (table: ObjectName) => readonly string[] = () => []): boolean {
    if (this.#heapsInstead && isHeapInstead(item)) return true;
    return this.#explainsItself(item) || this.#explainsAtParent(item, ancestors);
  }

  /** A statement on a constraint or column of a parent affects all children. */
  #explainsAtParent(item: FingerprintItem, ancestors: (table: ObjectName) => readonly string[]): boolean {
    const { kind, parent } = item;
    if (parent === undefined || !FROM_PARENT.has(kind)) return false;
    return ancestors(parent).some((name) => {
      const ofParent = { ...item, name: nameAt(item, name), parent: { ...parent, name } };
      return this.explains(ofParent, ancestors);
    });
  }

  #explainsItself(item: FingerprintItem): boolean {
    // Names of functions, operators and operator families end with their types or access method.
    const base = item.name.replace(/(\(| using ).*$/s, '');
    const statements = new Set([item.name, base].flatMap((name) => this.#byIdentity.get(name) ?? []));
    return [...statements].some(
      (statement) =>
        accountsForMembers(statement, item) || (isAbout(statement, item) && accountsFor(statement, item)),
    );
  }
}

const FROM_PARENT: ReadonlySet<string> = new Set(['column', 'constraint']);

/** Kinds that statements mix up: GRANT … ON TABLE for a view, ALTER FUNCTION for an aggregate. */
const GROUPS: ReadonlyArray<readonly string[]> = [
  ['table', 'foreign table', 'view', 'materialized view', 'sequence'],
  ['type', 'domain'],
  ['function', 'procedure', 'aggregate'],
  ['constraint', 'domain constraint', 'index'],
  ['column', 'attribute'],
];

/**
 * Whether a statement is about an item: objects of other kinds, or routines with other arguments, may share a
 * name.
 */
function isAbout({ kind, signature }: LostStatement, item: FingerprintItem): boolean {
  if (groupOf(kind) !== groupOf(item.kind)) return false;
  const [, types] = /\((.*)\)$/s.exec(item.name) ?? [];
  if (signature === undefined || types === undefined) return true;
  return withoutKeywordQuotes(signature) === plainList(types);
}

function groupOf(kind: string): string {
  return GROUPS.find((group) => group.includes(kind))?.[0] ?? kind;
}

/** A missing operator class has added no members to its family. */
function accountsForMembers(
  { family }: LostStatement,
  { kind, name, verdict, differences = [] }: FingerprintItem,
) {
  return (
    family !== undefined &&
    kind === 'operator family' &&
    verdict === 'differs' &&
    name.startsWith(`${identityOf(family)} using `) &&
    differences.every(({ fact }) => fact === 'operators' || fact === 'functions')
  );
}

function isHeapInstead({ verdict, differences = [] }: FingerprintItem): boolean {
  return (
    verdict === 'differs' &&
    differences.length > 0 &&
    differences.every(({ fact, target }) => fact === 'accessMethod' && target === undefined)
  );
}

function accountsFor({ lost, statement }: LostStatement, { verdict, differences = [] }: FingerprintItem) {
  // A base type is created as a shell before the functions that it needs, so the shell may exist.
  const isShell = differences.some(({ fact, target }) => fact === 'category' && target === 'shell');
  if (lost === 'object') return verdict === 'missing' || isShell;
  if (verdict !== 'differs') return false;
  const known = FACTS_OF_STATEMENTS.find(([pattern]) => pattern.test(statement));
  return known === undefined || differences.every(({ fact }) => known[1].includes(fact));
}

function identitiesOf({ kind, schema, name, on, family }: LostStatement): string[] {
  if (kind.startsWith('publication ') && on) {
    return [
      `${identityOf({ ...(schema === undefined ? {} : { schema }), name })} in publication ${identifier(on.name)}`,
    ];
  }
  // Operators are not quoted in identities.
  if (kind === 'operator' && schema !== undefined) return [`${identifier(schema)}.${name}`];
  const own = schema === undefined ? (nameless(name) ?? identifier(name)) : qualified(schema, name);
  if (family) return [own, identityOf(family)];
  if (on?.schema === undefined) return [own];
  // CREATE INDEX names no schema: an index is in the schema of its table.
  if (kind === 'index' && schema === undefined) return [qualified(on.schema, name)];
  return [own, onRelation(name, on.schema, on.name), qualified(on.schema, on.name, name)];
}

function identityOf({ schema, name }: { readonly schema?: string; readonly name: string }): string {
  return schema === undefined ? identifier(name) : qualified(schema, name);
}

/**
 * Casts and transforms have no name. Converts the description in pg_dump's header to that of a fingerprint.
 */
function nameless(header: string): string | undefined {
  const cast = /^CAST (\(.+ AS .+\))$/s.exec(header)?.[1];
  if (cast !== undefined) return withoutKeywordQuotes(cast);
  const [, type, language] = /^TRANSFORM FOR (.+) LANGUAGE (.+)$/s.exec(header) ?? [];
  if (type === undefined || language === undefined) return undefined;
  return `for ${withoutKeywordQuotes(type)} on language ${identifier(language)}`;
}
