import type { DrillReport, ReportItem } from '../archive/drill-report.ts';
import { parentsOf } from '../fingerprint/ancestry.ts';
import {
  type CompareOptions,
  compareFingerprints,
  type FingerprintItem,
} from '../fingerprint/compare-fingerprints.ts';
import { type Fingerprint, type ObjectName, objectKey } from '../fingerprint/fingerprint.ts';
import { RoundTrips } from '../fingerprint/round-trip.ts';
import type { Excused } from './excused.ts';

export interface CatalogComparison {
  /** Objects that do not match, and additionally every foreign key and row-level security by name. */
  readonly items: ReportItem[];
  readonly counts: DrillReport['catalog'];
  /** Differences that are worth reporting but are not failures. */
  readonly notes: string[];
}

/** What is needed to tell text that one round trip changed from text that really differs. */
export interface Archived {
  /** The statements of pre-data.sql and post-data.sql, in order. */
  readonly statements: () => Iterable<string>;
  /** The restored catalog with plain texts, not hashes. */
  readonly plainRestored: () => Promise<Fingerprint>;
}

/** Options that turn a change by one round trip into a note. Where no text differs, nothing is read. */
export async function explainingRoundTrips(
  source: Fingerprint,
  restored: Fingerprint,
  { statements, plainRestored }: Archived,
): Promise<Pick<CompareOptions, 'explainText'>> {
  if (!compareFingerprints(source, restored).some(({ layer }) => layer === 'text')) return {};
  const trips = new RoundTrips(source, await plainRestored(), statements());
  return { explainText: (entry, difference) => trips.explain(entry, difference) };
}

/** Compares the restored catalog with the source's, object by object. */
export function compareCatalogs(
  source: Fingerprint,
  restored: Fingerprint,
  excused: Excused,
  options: CompareOptions = {},
): CatalogComparison {
  const compared = compareFingerprints(source, restored, options);
  const failing = compared.filter(({ layer, verdict }) => layer !== 'note' && verdict !== 'match');
  const entries = new Map(source.entries.map((entry) => [objectKey(entry), entry]));
  const ancestors = (table: ObjectName) => parentsOf(entries.get(objectKey(table)));
  const told = new Set(failing.filter((item) => excused.explains(item, ancestors)));
  return {
    items: [
      ...failing.filter((item) => !told.has(item)).map(catalogItem),
      ...foreignKeyItems(source, failing, told),
      ...rowSecurityItems(source, failing, told),
    ],
    counts: countByKind(compared),
    notes: notesOf(compared.filter(({ layer, verdict }) => layer === 'note' && verdict !== 'match')),
  };
}

function catalogItem(item: FingerprintItem): ReportItem {
  const name = `${item.kind} ${item.name}`;
  if (item.verdict === 'skipped') {
    return { kind: 'catalog', name, verdict: 'skipped', reason: item.reason ?? 'it was left out' };
  }
  return { kind: 'catalog', name, verdict: 'differs', reason: describe(item) };
}

function describe({ verdict, differences = [] }: FingerprintItem): string {
  if (verdict === 'missing') return 'it was not restored';
  if (verdict === 'extra') return 'it is not in the source';
  return differences
    .map(
      ({ fact, source, target }) => `${fact}: ${printed(source)} at the source, ${printed(target)} restored`,
    )
    .join('; ');
}

function printed(value: unknown): string {
  const text = value === undefined ? 'none' : typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

/**
 * A restored foreign key was checked against every row when it was added, unless it is NOT VALID at the
 * source too.
 */
function foreignKeyItems(
  source: Fingerprint,
  failing: readonly FingerprintItem[],
  told: ReadonlySet<FingerprintItem>,
): ReportItem[] {
  return source.entries
    .filter(({ kind, facts }) => kind === 'constraint' && facts.type === 'foreign key')
    .map(({ name, facts }): ReportItem => {
      const item = { kind: 'foreign-key' as const, name };
      const broken = failing.find((one) => one.kind === 'constraint' && one.name === name);
      if (broken) return { ...item, ...brokenBy(broken, told) };
      return facts.notValid === true
        ? {
            ...item,
            verdict: 'match',
            reason: 'NOT VALID, as at the source: existing rows were never checked',
          }
        : { ...item, verdict: 'match' };
    });
}

/** A table's row-level security is proven if its setting and all of its policies match. */
function rowSecurityItems(
  source: Fingerprint,
  failing: readonly FingerprintItem[],
  told: ReadonlySet<FingerprintItem>,
): ReportItem[] {
  return source.entries
    .filter(({ kind, facts }) => kind === 'table' && facts.rowSecurity === true)
    .map(({ name }): ReportItem => {
      const broken = failing.find(
        (one) =>
          (one.kind === 'table' && one.name === name) || (one.kind === 'policy' && one.parent?.name === name),
      );
      const item = { kind: 'row-security' as const, name };
      return broken ? { ...item, ...brokenBy(broken, told) } : { ...item, verdict: 'match' };
    });
}

/**
 * The statement's own item already reports a failure or a skip. Here the object only counts as not proven.
 */
function brokenBy(
  broken: FingerprintItem,
  told: ReadonlySet<FingerprintItem>,
): Pick<ReportItem, 'verdict' | 'reason'> {
  const reason = `${broken.kind} ${broken.name}: ${broken.reason ?? describe(broken)}`;
  return { verdict: told.has(broken) || broken.verdict === 'skipped' ? 'skipped' : 'differs', reason };
}

/** One note for objects of one kind, with one reason, names at most this many of them. */
const NAMED_IN_A_NOTE = 3;

function notesOf(items: readonly FingerprintItem[]): string[] {
  const groups = Map.groupBy(
    items,
    (item) => `${item.kind}\t${item.reason ?? describe(item)}\t${item.reason === undefined ? item.name : ''}`,
  );
  return [...groups.values()].map((group) => {
    const [first] = group;
    if (first === undefined) return '';
    const names = group.slice(0, NAMED_IN_A_NOTE).map(({ name }) => name);
    const more = group.length > names.length ? ` and ${group.length - names.length} more` : '';
    return `${first.kind} ${names.join(', ')}${more}: ${first.reason ?? describe(first)}`;
  });
}

function countByKind(compared: readonly FingerprintItem[]): DrillReport['catalog'] {
  const kinds = Map.groupBy(
    compared.filter(({ verdict }) => verdict !== 'extra'),
    ({ kind }) => kind,
  );
  return [...kinds].map(([kind, items]) => {
    const objects = Map.groupBy(items, ({ name }) => name);
    const matched = [...objects.values()].filter((some) =>
      some.every(({ verdict, layer }) => verdict === 'match' || layer === 'note'),
    );
    return { kind, compared: objects.size, matched: matched.length };
  });
}
