import type { FingerprintItem } from '../fingerprint/compare-fingerprints.ts';
import { identifier, onRelation, qualified, withoutKeywordQuotes } from '../fingerprint/identity.ts';
import type { FailedStatement, SkippedStatement } from '../target/apply-schema.ts';

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

  explains(item: FingerprintItem): boolean {
    if (this.#heapsInstead && isHeapInstead(item)) return true;
    // Functions, operators and operator families carry their types or access method behind the name.
    const base = item.name.replace(/(\(| using ).*$/s, '');
    const statements = [item.name, base].flatMap((name) => this.#byIdentity.get(name) ?? []);
    return statements.some((statement) => accountsFor(statement, item));
  }
}

function isHeapInstead({ verdict, differences = [] }: FingerprintItem): boolean {
  return (
    verdict === 'differs' &&
    differences.length > 0 &&
    differences.every(({ fact, target }) => fact === 'accessMethod' && target === undefined)
  );
}

function accountsFor({ lost, statement }: LostStatement, { verdict, differences = [] }: FingerprintItem) {
  if (lost === 'object') return verdict === 'missing';
  if (verdict !== 'differs') return false;
  const known = FACTS_OF_STATEMENTS.find(([pattern]) => pattern.test(statement));
  return known === undefined || differences.every(({ fact }) => known[1].includes(fact));
}

function identitiesOf({ kind, schema, name, on }: LostStatement): string[] {
  const own = schema === undefined ? (nameless(name) ?? identifier(name)) : qualified(schema, name);
  if (on?.schema === undefined) return [own];
  // An index is in its table's schema, which CREATE INDEX does not say of it.
  const inSchema = kind === 'index' ? [qualified(on.schema, name)] : [];
  return [own, ...inSchema, onRelation(name, on.schema, on.name), qualified(on.schema, on.name, name)];
}

/** Casts and transforms have no name: pg_dump's header describes them, and so does a fingerprint, in other words. */
function nameless(header: string): string | undefined {
  const cast = /^CAST (\(.+ AS .+\))$/s.exec(header)?.[1];
  if (cast !== undefined) return withoutKeywordQuotes(cast);
  const [, type, language] = /^TRANSFORM FOR (.+) LANGUAGE (.+)$/s.exec(header) ?? [];
  if (type === undefined || language === undefined) return undefined;
  return `for ${withoutKeywordQuotes(type)} on language ${identifier(language)}`;
}
