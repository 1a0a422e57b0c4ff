import { compareFingerprints, type FingerprintItem } from '../../fingerprint/compare-fingerprints.ts';
import {
  type Facts,
  type FactValue,
  type Fingerprint,
  type FingerprintEntry,
  majorOfFingerprint,
  objectKey,
} from '../../fingerprint/fingerprint.ts';
import { kindOfGrants } from '../../fingerprint/forget-gone-roles.ts';
import { privilegesOf } from '../../fingerprint/grants.ts';
import { identifier, nameOf } from '../../fingerprint/identity.ts';
import type { RestoreScope } from '../archived/restore-scope.ts';
import { IN_PUBLICATION, type NewerPart, partsOf, relationOf, type Undone } from '../target/parts-there.ts';

/**
 * What a restore undoes on the relations that it replaces: all in which they differ from what it makes, by name.
 * `backup` is the whole fingerprint of the backup, `there` is what of it is there. Some of it is undone on
 * purpose, by an option: owners by --no-owner, grants by --no-privileges, roles by --map-role.
 */
export function newerParts(
  backup: Fingerprint,
  there: Fingerprint,
  undone: Undone,
  scope: RestoreScope,
): NewerPart[] {
  const made = partsOf(backup, undone);
  const restored = { ...made, entries: made.entries.map((entry) => asRestored(entry, scope)) };
  const backedUp = new Map(made.entries.map((entry) => [objectKey(entry), entry]));
  const before = new Map(restored.entries.map((entry) => [objectKey(entry), entry]));
  const now = new Map(there.entries.map((entry) => [objectKey(entry), entry]));
  const parts = merged(compareFingerprints(restored, there)).flatMap((item) => {
    const [old, current] = [before.get(objectKey(item)), now.get(objectKey(item))];
    const entry = current ?? old;
    if (entry === undefined || comesFromParent(entry, now, before)) return [];
    // Where the target still has what was backed up, an option changes it, and somebody asked for that.
    const isOption = item.verdict === 'differs' && isSame(item, backedUp.get(objectKey(item)), current);
    return partsOfItem(item, old, current, majorOfFingerprint(there), scope).map((part) => ({
      relation: relationOf(entry),
      kind: item.kind,
      ...part,
      protects: part.protects && !isOption,
    }));
  });
  return withRenamedColumns(parts, before, now).sort((a, b) => Number(b.protects) - Number(a.protects));
}

/** Says of a new column whether it may be one that is gone: a rename shows as both, with the same facts. */
function withRenamedColumns(
  parts: readonly NewerPart[],
  before: ReadonlyMap<string, FingerprintEntry>,
  now: ReadonlyMap<string, FingerprintEntry>,
): NewerPart[] {
  const columns = (
    change: NewerPart['change'],
    of: NewerPart,
    entries: ReadonlyMap<string, FingerprintEntry>,
  ) =>
    parts.flatMap((part) => {
      if (part.kind !== 'column' || part.change !== change || part.relation !== of.relation) return [];
      const entry = entries.get(objectKey({ kind: 'column', name: part.words.slice('column '.length) }));
      return entry === undefined ? [] : [{ part, facts: JSON.stringify(entry.facts) }];
    });
  return parts.map((part) => {
    if (part.kind !== 'column' || part.change !== 'goes') return part;
    const alike = columns('goes', part, now);
    const own = alike.find((one) => one.part === part)?.facts;
    const lost = columns('comes back', part, before).filter(({ facts }) => facts === own);
    const [only, ...more] = lost;
    if (only === undefined || more.length > 0 || alike.filter(({ facts }) => facts === own).length > 1)
      return part;
    return { ...part, words: `${part.words} (perhaps ${only.part.words.slice('column '.length)}, renamed)` };
  });
}

/** One item for each object that differs, with the facts and the texts in which it does. */
function merged(items: readonly FingerprintItem[]): FingerprintItem[] {
  const differing = items.filter(({ verdict, layer }) => verdict !== 'match' && layer !== 'note');
  return [...Map.groupBy(differing, objectKey).values()].flatMap(([first, ...others]) =>
    first === undefined
      ? []
      : [{ ...first, differences: [first, ...others].flatMap(({ differences = [] }) => differences) }],
  );
}

/** Whether two entries agree in all facts in which an item differs. */
function isSame(
  { differences = [] }: FingerprintItem,
  backedUp: FingerprintEntry | undefined,
  current: FingerprintEntry | undefined,
): boolean {
  const told = (entry: FingerprintEntry | undefined, fact: string) =>
    JSON.stringify([entry?.facts[fact], entry?.text?.[fact]]);
  return differences.every(({ fact }) => told(backedUp, fact) === told(current, fact));
}

/** Whether a new part of a partition is only the copy of one that its parent got. */
function comesFromParent(
  entry: FingerprintEntry,
  now: ReadonlyMap<string, FingerprintEntry>,
  before: ReadonlyMap<string, FingerprintEntry>,
): boolean {
  const { kind, name, parent, facts } = entry;
  if (parent === undefined || before.has(objectKey(entry))) return false;
  if (kind === 'index') return facts.attachedTo !== undefined;
  if (kind !== 'column') return false;
  const parents = now.get(objectKey(parent))?.facts.partitionOf;
  if (!Array.isArray(parents)) return false;
  const column = name.slice(parent.name.length);
  return parents.some((one) => now.has(objectKey({ kind, name: `${one}${column}` })));
}

type Part = Pick<NewerPart, 'change' | 'words' | 'protects'>;

function partsOfItem(
  item: FingerprintItem,
  old: FingerprintEntry | undefined,
  current: FingerprintEntry | undefined,
  major: number,
  scope: RestoreScope,
): Part[] {
  const { kind, name, verdict, differences = [] } = item;
  const words = wordsOf(kind, name);
  const isPolicy = kind === 'policy';
  if (verdict === 'extra') {
    return [{ change: 'goes', words, protects: isPolicy || isProtecting(current?.facts) }];
  }
  if (verdict === 'missing') return [{ change: 'comes back', words, protects: isPolicy }];
  const facts = new Set(differences.map(({ fact }) => fact));
  const parts: Part[] = [];
  for (const [fact, off] of ROW_SECURITY) {
    if (!facts.delete(fact)) continue;
    parts.push(
      current?.facts[fact] === true
        ? { change: 'goes', words: `${off} on ${name}`, protects: true }
        : { change: 'comes back', words: `${off} on ${name}`, protects: false },
    );
  }
  // A sequence that a column owns has its table's owner.
  if (facts.delete('owner') && !scope.noOwner && kind !== 'sequence') {
    const [was, is] = [old?.facts.owner, current?.facts.owner];
    parts.push({ change: 'as it was', words: `owner of ${name}: ${is} now, ${was} again`, protects: true });
  }
  if (facts.delete('grants')) parts.push(...grantParts(kind, name, old, current, major));
  if (facts.size > 0) {
    const changed = [...facts].map((fact) => changeOf(fact, old?.facts[fact], current?.facts[fact]));
    const protects = isPolicy || [...facts].some((fact) => changesProtection(fact, old, current));
    parts.push({ change: 'as it was', words: `${words}: ${changed.join(', ')}`, protects });
  }
  return parts;
}

const ROW_SECURITY = [
  ['rowSecurity', 'ENABLE ROW LEVEL SECURITY'],
  ['rowSecurityForced', 'FORCE ROW LEVEL SECURITY'],
] as const;

function grantParts(
  kind: FingerprintEntry['kind'],
  name: string,
  old: FingerprintEntry | undefined,
  current: FingerprintEntry | undefined,
  major: number,
): Part[] {
  const of = kindOfGrants(kind);
  const held = ({ facts }: FingerprintEntry, owner: FactValue | undefined) =>
    privilegesOf(of, String(facts.owner ?? owner ?? ''), linesOf(facts), major);
  if (old === undefined || current === undefined) return [];
  // A column has no owner of its own, and a grant on it names its table's only if that is somebody else.
  const [before, now] = [held(old, current.facts.owner), held(current, old.facts.owner)];
  const on = `${kind === 'column' ? 'column ' : ''}${name}`;
  return [
    ...[...now.difference(before)].map(
      (one): Part => ({ change: 'goes', words: `GRANT ${one} on ${on}`, protects: false }),
    ),
    ...[...before.difference(now)].map(
      (one): Part => ({
        change: 'comes back',
        words: `GRANT ${one} on ${on}`,
        protects: !one.includes(' for the owner'),
      }),
    ),
  ];
}

function linesOf({ grants }: Facts): readonly string[] | undefined {
  if (!Array.isArray(grants)) return undefined;
  return grants.filter((line) => line !== 'none');
}

/** A view with a barrier, or with the rights of whoever asks; labels of a security module. */
function isProtecting(facts: Facts | undefined): boolean {
  return facts?.securityLabels !== undefined || optionsOf(facts).length > 0;
}

function changesProtection(
  fact: string,
  old: FingerprintEntry | undefined,
  current: FingerprintEntry | undefined,
): boolean {
  if (fact === 'securityLabels') return true;
  return fact === 'options' && optionsOf(old?.facts).join() !== optionsOf(current?.facts).join();
}

function optionsOf(facts: Facts | undefined): string[] {
  const { options } = facts ?? {};
  return Array.isArray(options) ? options.filter((one) => one.startsWith('security_')) : [];
}

/** Names of facts that are not words already. */
const FACT_WORDS: Readonly<Record<string, string>> = {
  notNull: 'NOT NULL',
  options: 'storage parameters',
  toastOptions: 'storage parameters of its TOAST table',
  partitionBound: 'bounds',
  partitionOf: 'partition of',
  withCheck: 'WITH CHECK',
  using: 'USING',
  columnOrder: 'order of columns',
};

/** Facts whose values are told: names and settings, never a default or a condition. */
const TOLD: ReadonlySet<string> = new Set([
  ...['type', 'options', 'toastOptions', 'replicaIdentity', 'partitionOf', 'inherits', 'identity'],
  ...['generated', 'statisticsTarget', 'storage', 'collation', 'command', 'roles', 'enabled', 'notValid'],
]);

function changeOf(fact: string, old: FactValue | undefined, current: FactValue | undefined): string {
  const named = FACT_WORDS[fact] ?? fact.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  if (!TOLD.has(fact)) return named;
  const told = (value: FactValue | undefined) =>
    value === undefined || value === false ? 'none' : value === true ? 'yes' : String(value);
  return `${named} ${told(current)} now, ${told(old)} again`;
}

function wordsOf(kind: string, name: string): string {
  if (kind !== 'publication table') return `${kind} ${name}`;
  const at = name.lastIndexOf(IN_PUBLICATION);
  return `publication ${name.slice(at + IN_PUBLICATION.length)} for ${name.slice(0, at)}`;
}

/** The entry as the restore makes it, under options that change owners, grants and roles. */
function asRestored(entry: FingerprintEntry, scope: RestoreScope): FingerprintEntry {
  const { noPrivileges, mapRoles } = scope;
  if (!noPrivileges && mapRoles === undefined) return entry;
  const { grants, ...facts } = entry.facts;
  const mapped = (role: string) => {
    const to = mapRoles?.[nameOf(role)];
    return to === undefined ? role : identifier(to);
  };
  return {
    ...entry,
    facts: {
      ...facts,
      ...(typeof facts.owner === 'string' ? { owner: mapRoles?.[facts.owner] ?? facts.owner } : {}),
      ...(Array.isArray(facts.roles) ? { roles: facts.roles.map(mapped).sort() } : {}),
      ...(Array.isArray(grants) && !noPrivileges
        ? { grants: grants.map((line) => withRoles(line, mapped)) }
        : {}),
    },
  };
}

/** `alice=SELECT by bob` with other names. */
function withRoles(line: string, mapped: (role: string) => string): string {
  const [, grantee = '', held = '', grantor] =
    /^("(?:[^"]|"")*"|[^=]+)=(.*?)(?: by (.+))?$/s.exec(line) ?? [];
  if (held === '') return line;
  return `${mapped(grantee)}=${held}${grantor === undefined ? '' : ` by ${mapped(grantor)}`}`;
}
