import type { Manifest, TableData } from '../archive/manifest.ts';
import { qualified } from '../fingerprint/identity.ts';
import { LifeboatError } from '../ground/errors.ts';
import { nearestName } from '../ground/nearest-name.ts';
import type { ColumnFacts } from './column-facts.ts';
import type { ColumnType } from './rules/column-type.ts';
import { staysDifferent } from './rules/fake-kinds.ts';
import { type MaskTools, type MaskValue, maskOf, UnfitRule } from './rules/mask-value.ts';
import type { Masks, Rule } from './rules/masks-file.ts';

export interface DecidedColumn {
  readonly name: string;
  readonly rule: Rule;
  /** Undefined: the column is kept. */
  readonly mask: MaskValue | undefined;
}

/** What becomes of the rows of one table. */
export type DecidedTable =
  | { readonly rows: 'exclude' }
  | { readonly rows: 'mask'; readonly columns: readonly DecidedColumn[] };

export interface Decisions {
  readonly tables: ReadonlyMap<TableData, DecidedTable>;
  readonly largeObjects: 'keep' | 'exclude';
  /** Names in the masks file that the backup does not have. */
  readonly unknown: readonly string[];
}

/** Columns that are shown at most; the file that is proposed has all. */
const MOST_NAMED = 200;

export function nameOfTable({ schema, name }: Pick<TableData, 'schema' | 'name'>): string {
  return `${schema}.${name}`;
}

/**
 * Decides about every column of every table that has rows. Throws `masks-undecided`, which lists each column without a rule,
 * `masks-unfit` for rules that types, keys or references do not allow, and `masks-exclude-referenced`.
 */
export function decideMasks(
  manifest: Manifest,
  facts: ColumnFacts,
  masks: Masks,
  tools: MaskTools,
): Decisions {
  const tables = new Map<TableData, DecidedTable>();
  const undecided: string[] = [];
  const unfit: string[] = [];
  const schemaOf = new Map<string, string>();
  for (const table of manifest.tables) {
    if (table.rows === 0 || table.dataLeftOut !== undefined) continue;
    const before = schemaOf.get(nameOfTable(table));
    if (before !== undefined && before !== table.schema)
      unfit.push(
        `${nameOfTable(table)}: two tables are called so, in the schemas ${before} and ${table.schema}`,
      );
    schemaOf.set(nameOfTable(table), table.schema);
    const rules = rulesOf(table, masks);
    if (rules === 'exclude') {
      tables.set(table, { rows: 'exclude' });
      continue;
    }
    const columns: DecidedColumn[] = [];
    for (const name of table.columns) {
      const rule = rules && Object.hasOwn(rules, name) ? rules[name] : undefined;
      const full = `${nameOfTable(table)}.${name}`;
      if (rule === undefined) {
        undecided.push(full);
        continue;
      }
      const why = whyUnfit(table, name, rule, facts);
      if (why !== undefined) unfit.push(`${full}: ${why}`);
      try {
        columns.push({ name, rule, mask: maskOf(rule, facts.type(table.schema, table.name, name), tools) });
      } catch (error) {
        if (!(error instanceof UnfitRule)) throw error;
        unfit.push(`${full}: ${error.message}`);
      }
    }
    tables.set(table, { rows: 'mask', columns });
  }
  if (undecided.length > 0) throw notDecided(undecided);
  unfit.push(...brokenReferences(tables, facts));
  if (unfit.length > 0) throw notFit(unfit);
  return { tables, largeObjects: masks.largeObjects ?? 'exclude', unknown: unknownNames(manifest, masks) };
}

/** A partition has the rules of its tree, unless the file names it. */
function rulesOf(table: TableData, { tables }: Masks): Masks['tables'][string] | undefined {
  const root = table.partitionRoot;
  for (const name of [nameOfTable(table), ...(root ? [nameOfTable(root)] : [])])
    if (Object.hasOwn(tables, name)) return tables[name];
  return undefined;
}

function whyUnfit(
  { schema, name: table, rows }: TableData,
  column: string,
  rule: Rule,
  facts: ColumnFacts,
): string | undefined {
  if (rule === 'keep') return undefined;
  if (rule === 'null' && facts.isNotNull(schema, table, column)) return 'it is NOT NULL';
  if (rule === 'null') return undefined;
  const isAlone = facts.unique(schema, table).some((key) => key.length === 1 && key[0] === column);
  if (!isAlone) return undefined;
  const type = facts.type(schema, table, column);
  const bits = bitsOf(rule, type);
  if (bits === 0)
    return 'it is unique, and this rule gives different values the same one; hash, fake email, fake userName, fake url and fake uuid do not';
  // Two of so many values meet as likely as not (the birthday bound).
  return rows > 1.18 * 2 ** (bits / 2)
    ? `it is unique, and a masked value has so little room in ${type.name} that two of its ${rows} values would probably meet; keep it, or exclude the table`
    : undefined;
}

const HEXADECIMAL_BITS = 4;

/** How many bits of a digest a masked value shows; 0: different values may get the same one whatever their type. */
function bitsOf(rule: Rule, { kind, length = Number.POSITIVE_INFINITY, largest }: ColumnType): number {
  const digits = (most: number, before: number) =>
    HEXADECIMAL_BITS * Math.max(0, Math.min(most, length - before));
  if (rule === 'hash') return kind === 'integer' ? Math.log2(Number(largest)) : digits(32, 0);
  if (typeof rule !== 'object') return 0;
  if ('partial' in rule) return rule.partial === 'domain' ? digits(16, 0) : 0;
  if (!('fake' in rule) || !staysDifferent(rule.fake)) return 0;
  // Before the digits stands a first name with a dot, or `https://`.
  return rule.fake === 'uuid' ? digits(30, 4) : digits(16, rule.fake === 'url' ? 8 : 12);
}

/** A key that refers to another one must be masked as that one is; and the rows must be there. */
function brokenReferences(tables: Decisions['tables'], { references, type: typeIn }: ColumnFacts): string[] {
  const byName = new Map<string, DecidedTable>();
  const named = new Map<string, Pick<TableData, 'schema' | 'name'>>();
  const typeOf = (table: string, column = '') => {
    const { schema, name } = named.get(table) ?? { schema: '', name: '' };
    return typeIn(schema, name, column);
  };
  for (const [table, decided] of tables) {
    for (const one of [table, ...(table.partitionRoot ? [table.partitionRoot] : [])]) {
      byName.set(qualified(one.schema, one.name), decided);
      named.set(qualified(one.schema, one.name), one);
    }
  }
  return references.flatMap(({ name, from, columns, to, referenced }) => {
    const [own, other] = [byName.get(from), byName.get(to)];
    if (own?.rows !== 'mask' || !other) return [];
    const ruleOf = (decided: DecidedTable, column: string | undefined) =>
      decided.rows === 'mask' ? decided.columns.find((one) => one.name === column)?.rule : undefined;
    const isNulled = columns.some((column) => ruleOf(own, column) === 'null');
    if (isNulled) return [];
    if (other.rows === 'exclude')
      return [
        `${from}: the foreign key ${name} refers to ${to}, which is left out; exclude it, too, or let ${columns.join(', ')} become null`,
      ];
    return columns.flatMap((column, at) => {
      const rule = ruleOf(own, column);
      if (JSON.stringify(rule) !== JSON.stringify(ruleOf(other, referenced[at])))
        return [`${from}.${column}: the foreign key ${name} needs the rule of ${to}.${referenced[at]}`];
      const [type, otherType] = [typeOf(from, column), typeOf(to, referenced[at])];
      return rule === 'keep' || rule === undefined || masksAlike(type, otherType)
        ? []
        : [
            `${from}.${column}: the foreign key ${name} compares it with ${to}.${referenced[at]}, whose type masks otherwise (${type.name}, ${otherType.name}); keep both`,
          ];
    });
  });
}

/** Whether equal values of both types become equal ones: the largest integer, and the length of a text, are a part of a mask. */
function masksAlike(one: ColumnType, other: ColumnType): boolean {
  if (one.kind !== other.kind || one.isArray !== other.isArray) return false;
  if (one.kind === 'integer') return one.largest === other.largest;
  if (one.kind !== 'text') return true;
  // character(n) has blanks at its end.
  const isPadded = ({ name }: ColumnType) => /^character(?! varying)\b/.test(name);
  if (isPadded(one) !== isPadded(other)) return false;
  const shorter = Math.min(one.length ?? Number.POSITIVE_INFINITY, other.length ?? Number.POSITIVE_INFINITY);
  return one.length === other.length || shorter >= LONGEST_MADE_UP;
}

/** The longest hash, address or name that is made up fits into so many characters. */
const LONGEST_MADE_UP = 60;

function unknownNames({ tables }: Manifest, masks: Masks): string[] {
  const known = new Map(tables.map((table) => [nameOfTable(table), table.columns]));
  for (const { partitionRoot: root, columns } of tables) if (root) known.set(nameOfTable(root), columns);
  return Object.entries(masks.tables).flatMap(([name, rules]) => {
    const columns = known.get(name);
    if (!columns) {
      const near = nearestName(name, known.keys());
      return [near === undefined ? name : `${name} (did you mean ${near}?)`];
    }
    return rules === 'exclude'
      ? []
      : Object.keys(rules).flatMap((column) => (columns.includes(column) ? [] : [`${name}.${column}`]));
  });
}

function notDecided(columns: readonly string[]): LifeboatError {
  const shown = columns.slice(0, MOST_NAMED).join(', ');
  const more = columns.length - MOST_NAMED;
  return new LifeboatError({
    code: 'masks-undecided',
    kind: 'usage',
    what: `The masks file does not decide about ${columns.length} ${columns.length === 1 ? 'column' : 'columns'}: ${shown}${more > 0 ? ` and ${more} more` : ''}.`,
    meaning:
      'Nothing was changed. A column that nobody decided about could hold anything, so no row is copied.',
    remedy:
      'Give each a rule ("keep" if it may be seen by everybody), or exclude its table. `lifeboat refresh --propose-masks` writes a first file.',
  });
}

function notFit(problems: readonly string[]): LifeboatError {
  return new LifeboatError({
    code: 'masks-unfit',
    kind: 'usage',
    what: `Rules of the masks file do not fit the database: ${problems.slice(0, 50).join('; ')}.`,
    meaning: 'Nothing was changed. The rows would be refused, or would not refer to each other any more.',
    remedy: 'Change these rules. docs/staging.md says which rule fits which column.',
  });
}
