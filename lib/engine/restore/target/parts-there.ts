import type { Fingerprint, FingerprintEntry } from '../../fingerprint/fingerprint.ts';
import { qualified } from '../../fingerprint/identity.ts';
import { readFingerprint } from '../../fingerprint/read-fingerprint.ts';
import type { Target } from '../../target/target.ts';
import { readRelationKey } from '../archived/relation-key.ts';
import type { Going } from './going-with.ts';

/** What replacing a relation undoes: something that it got, lost or changed since the backup. */
export interface NewerPart {
  /** `app.orders`. */
  readonly relation: string;
  /** Kind of the object: `policy`, `column`; `table` for a property of the table itself. */
  readonly kind: string;
  /** What happens to it: it goes, it comes back, or it becomes as it was backed up. */
  readonly change: 'goes' | 'comes back' | 'as it was';
  /** `policy tenant on app.orders`. */
  readonly words: string;
  /** Whether it decides who may read or change what: row security, policies, grants that were revoked, the owner. */
  readonly protects: boolean;
}

/** The replaced relations as they are, and how that differs from the backup. */
export interface Newer {
  readonly parts: readonly NewerPart[];
  /** What was seen of them; undefined if nothing is replaced. */
  readonly seen: Fingerprint | undefined;
}

export const NOTHING_NEWER: Newer = { parts: [], seen: undefined };

/** The part of a catalog that a restore undoes: relations that it replaces, and single objects that go and come back. */
export interface Undone {
  /** Keys of the relations. */
  readonly relations: readonly string[];
  readonly going: Pick<Going, 'objects'>;
}

/** Reads what is undone, with all its parts, from the catalog. Locks nothing. */
export async function readParts(target: Pick<Target, 'execute'>, undone: Undone): Promise<Fingerprint> {
  const relations = [
    ...new Set([...undone.relations, ...undone.going.objects.flatMap(({ relation }) => relation ?? [])]),
  ];
  const query = async (sql: string) => (await target.execute(sql)).rows;
  return partsOf(await readFingerprint(query, { relations }), undone);
}

/** The entries of what is undone. */
export function partsOf(fingerprint: Fingerprint, { relations, going }: Undone): Fingerprint {
  const wholly = new Set(relations.map(readRelationKey).map(({ schema, name }) => qualified(schema, name)));
  const single = new Set(going.objects.flatMap(({ identity }) => identity ?? []));
  const isUndone = (entry: FingerprintEntry) =>
    wholly.has(relationOf(entry)) || single.has(`${entry.kind} ${entry.name}`);
  return { ...fingerprint, entries: fingerprint.entries.filter(isUndone) };
}

export const IN_PUBLICATION = ' in publication ';
const RELATIONS: ReadonlySet<string> = new Set(['table', 'foreign table', 'view', 'materialized view']);

/** The identity of the relation that an entry is, or is a part of. */
export function relationOf({ kind, name, parent }: FingerprintEntry): string {
  if (kind === 'publication table') return name.slice(0, name.lastIndexOf(IN_PUBLICATION));
  return RELATIONS.has(kind) || parent === undefined ? name : parent.name;
}
