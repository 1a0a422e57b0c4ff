import type { Fingerprint, FingerprintEntry, ObjectKind } from '../fingerprint/fingerprint.ts';
import { foreignStatements } from '../sql-script/foreign-statements.ts';
import { statementTarget } from '../sql-script/statement-target.ts';
import { type Statement, splitStatements } from '../sql-script/statements.ts';

/** Kinds of objects that pg_dump creates with one CREATE statement each, and the word in it. */
const CREATED: Readonly<Partial<Record<ObjectKind, string>>> = {
  table: 'TABLE',
  view: 'VIEW',
  'materialized view': 'MATERIALIZED VIEW',
  function: 'FUNCTION',
  procedure: 'PROCEDURE',
  index: 'INDEX',
  trigger: 'TRIGGER',
  policy: 'POLICY',
};

export interface SchemaScripts {
  readonly preData: Buffer;
  readonly postData: Buffer;
}

/**
 * Checks that the schema's scripts create as many tables, views, functions, indexes, triggers and policies as
 * the source had, and enable row security on as many tables. It compares numbers, not names: a drill compares
 * objects one by one. Expects undamaged objects.
 */
export function schemaProblems({ preData, postData }: SchemaScripts, { entries }: Fingerprint): string[] {
  const expected = countBy(entries.filter(isCreated(entries)).map(({ kind }) => kind));
  const statements = [preData, postData].flatMap((script) => splitStatements(script.toString('latin1')));
  const found = countBy(createdTypes(statements));
  const lost = Object.entries(CREATED).flatMap(([kind, type]) => {
    const [needed, made] = [expected.get(kind) ?? 0, found.get(type) ?? 0];
    return made < needed ? [`creates ${made} of ${needed} objects of the kind ${kind}`] : [];
  });
  const foreign = [preData, postData].flatMap((script) => foreignStatements(script.toString('latin1')));
  return [
    ...lost,
    ...openTables(statements, entries),
    ...[...new Set(foreign.map(({ words }) => words))].map(
      (words) => `holds a statement that pg_dump does not write: ${words}`,
    ),
  ];
}

/** Finds tables without row security. Policies do nothing there: everybody would see every row. */
function openTables(statements: readonly Statement[], entries: readonly FingerprintEntry[]): string[] {
  const secured = entries.filter(({ kind, facts }) => kind === 'table' && facts.rowSecurity === true).length;
  const switchedOn = statements.filter(({ text }) =>
    /^ALTER TABLE .* ENABLE ROW LEVEL SECURITY;?$/s.test(text),
  ).length;
  return switchedOn < secured ? [`enables row security on ${switchedOn} of ${secured} tables`] : [];
}

/**
 * Whether a script must create an entry. pg_dump leaves out invalid indexes. A partition's trigger may be a
 * copy of its parent's that was disabled separately: no CREATE TRIGGER creates it, and nothing tells it from
 * the partition's own.
 */
function isCreated(entries: readonly FingerprintEntry[]): (entry: FingerprintEntry) => boolean {
  const partitions = new Set(
    entries.filter(({ facts }) => facts.partitionOf !== undefined).map(({ name }) => name),
  );
  return ({ kind, facts, parent }) =>
    facts.invalid !== true && !(kind === 'trigger' && parent !== undefined && partitions.has(parent.name));
}

function createdTypes(statements: readonly Statement[]): string[] {
  return statements.flatMap(({ text }) => {
    if (!text.startsWith('CREATE ')) return [];
    const { objectType, replaces } = statementTarget(text);
    return objectType === undefined || replaces ? [] : [objectType];
  });
}

function countBy(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
