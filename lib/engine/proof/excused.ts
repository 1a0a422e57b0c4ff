import { nameAt } from '../fingerprint/ancestry.ts';
import type { FingerprintItem } from '../fingerprint/compare-fingerprints.ts';
import type { ObjectName } from '../fingerprint/fingerprint.ts';
import { identifier, onRelation, qualified, withoutKeywordQuotes } from '../fingerprint/identity.ts';
import type { FailedStatement, SkippedStatement } from '../target/apply/apply-schema.ts';
import { plainList } from '../target/apply/signature.ts';

type LostStatement = SkippedStatement | FailedStatement;

/** What a statement gives an object besides its existence, and the facts that show it. */
const FACTS_OF_STATEMENTS: ReadonlyArray<readonly [statement: RegExp, facts: readonly string[]]> = [
  [/OWNER TO$/, ['owner', 'grants']],
  [/^COMMENT/, ['comment']],
  [/^(GRANT|REVOKE)/, ['grants']],
  [/SET COMPRESSION$/, ['compression']],
  [/ALTER COLUMN SET$| WITH$/, ['options', 'toastOptions']],
  [/^SECURITY LABEL/, ['securityLabels']],
];

/**
 * What statements that were skipped or refused lost, by the names that a fingerprint has for it: the report names the
 * statement, so the comparison of catalogs need not tell the same thing again.
 */
export class Excused {
  readonly #byIdentity = new Map<string, LostStatement[]>();
  /** Tables of an access method that the target lacks are heaps there; no statement names them. */
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

  /** `ancestors`: the tables that a table has what it inherits from, by name, one level up. */
  explains(item: FingerprintItem, ancestors: (table: ObjectName) => readonly string[] = () => []): boolean {
    if (this.#heapsInstead && isHeapInstead(item)) return true;
    return this.#explainsItself(item) || this.#explainsAtParent(item, ancestors);
  }

  /** What a statement did to a constraint or column of a parent, it did to all children. */
  #explainsAtParent(item: FingerprintItem, ancestors: (table: ObjectName) => readonly string[]): boolean {
    const { kind, parent } = item;
    if (parent === undefined || !FROM_PARENT.has(kind)) return false;
    return ancestors(parent).some((name) => {
      const ofParent = { ...item, name: nameAt(item, name), parent: { ...parent, name } };
      return this.explains(ofParent, ancestors);
    });
  }

  #explainsItself(item: FingerprintItem): boolean {
    // Functions, operators and operator families carry their types or access method behind the name.
    const base = item.name.replace(/(\(| using ).*$/s, '');
    const statements = new Set([item.name, base].flatMap((name) => this.#byIdentity.get(name) ?? []));
    return [...statements].some(
      (statement) =>
        accountsForMembers(statement, item) || (isAbout(statement, item) && accountsFor(statement, item)),
    );
  }
}

const FROM_PARENT: ReadonlySet<string> = new Set(['column', 'constraint']);

/** Kinds that statements call by one another's names: GRANT … ON TABLE of a view, ALTER FUNCTION of an aggregate. */
const GROUPS: ReadonlyArray<readonly string[]> = [
  ['table', 'foreign table', 'view', 'materialized view', 'sequence'],
  ['type', 'domain'],
  ['function', 'procedure', 'aggregate'],
  ['constraint', 'domain constraint', 'index'],
  ['column', 'attribute'],
];

/** Two objects of different kinds may have one name; so may routines and operators of other arguments. */
function isAbout({ kind, signature }: LostStatement, item: FingerprintItem): boolean {
  if (groupOf(kind) !== groupOf(item.kind)) return false;
  const [, types] = /\((.*)\)$/s.exec(item.name) ?? [];
  if (signature === undefined || types === undefined) return true;
  return withoutKeywordQuotes(signature) === plainList(types);
}

function groupOf(kind: string): string {
  return GROUPS.find((group) => group.includes(kind))?.[0] ?? kind;
}

/** A class that is not there has not given its family anything. */
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
  // A base type is announced before the functions that it needs: that much of it is there.
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
  // No identity has quotes around an operator.
  if (kind === 'operator' && schema !== undefined) return [`${identifier(schema)}.${name}`];
  const own = schema === undefined ? (nameless(name) ?? identifier(name)) : qualified(schema, name);
  if (family) return [own, identityOf(family)];
  if (on?.schema === undefined) return [own];
  // CREATE INDEX names no schema: an index is in its table's.
  if (kind === 'index' && schema === undefined) return [qualified(on.schema, name)];
  return [own, onRelation(name, on.schema, on.name), qualified(on.schema, on.name, name)];
}

function identityOf({ schema, name }: { readonly schema?: string; readonly name: string }): string {
  return schema === undefined ? identifier(name) : qualified(schema, name);
}

/** Casts and transforms have no name: pg_dump's header describes them, and so does a fingerprint, in other words. */
function nameless(header: string): string | undefined {
  const cast = /^CAST (\(.+ AS .+\))$/s.exec(header)?.[1];
  if (cast !== undefined) return withoutKeywordQuotes(cast);
  const [, type, language] = /^TRANSFORM FOR (.+) LANGUAGE (.+)$/s.exec(header) ?? [];
  if (type === undefined || language === undefined) return undefined;
  return `for ${withoutKeywordQuotes(type)} on language ${identifier(language)}`;
}
