import type { ReportItem } from '../../archive/drill-report.ts';
import type { Skip } from '../../fingerprint/compare-fingerprints.ts';
import type { Fingerprint, FingerprintEntry, ObjectKind, ObjectName } from '../../fingerprint/fingerprint.ts';
import { identifier, onRelation, qualified } from '../../fingerprint/identity.ts';
import { readArchivedFingerprint } from '../../fingerprint/read-archived-fingerprint.ts';
import { readFingerprint } from '../../fingerprint/read-fingerprint.ts';
import {
  type CatalogComparison,
  compareCatalogs,
  explainingRoundTrips,
} from '../../proof/compare-catalogs.ts';
import { Excused } from '../../proof/excused.ts';
import { pins } from '../../target/apply/pin-session.ts';
import type { SchemaObject } from '../../target/apply/schema-object.ts';
import type { RestoreRun } from '../apply/restore-run.ts';
import { readRelationKey } from '../archived/relation-key.ts';
import type { PlannedCopy } from '../plan/planned-copy.ts';
import { type Place, type Places, placeOf, reversed } from '../renaming/places.ts';
import { renameText } from '../renaming/rename-statement.ts';
import { entryInNamesOf, identityIn } from './copy-names.ts';
import { linksToOriginals } from './links-to-originals.ts';
import { withoutFacts } from './without-facts.ts';

type CopyRun = Pick<RestoreRun, 'plan' | 'store' | 'sessions' | 'log'>;

/** Kinds that are not a part of a copy, although their names have those of tables in them. */
const NOT_COPIED: ReadonlySet<ObjectKind> = new Set(['publication table', 'publication schema', 'role']);
/** Where a relation has another name, the server writes a query on it with an alias. */
const READS_RELATIONS: ReadonlySet<ObjectKind> = new Set(['view', 'materialized view', 'policy']);

/**
 * Compares the catalog of a copy with that of the backup, object by object, in the backup's names: definitions as well, as the
 * server prints them for the copy. Then asks the server whether anything of the copy depends on what it is a copy of.
 */
export async function compareCopy(run: CopyRun, copy: PlannedCopy): Promise<CatalogComparison> {
  const { plan, store, sessions, log } = run;
  const { main } = sessions;
  await main.executeAll(pins());
  const ask = async (sql: string) => (await main.execute(sql)).rows;
  const sealed = await readArchivedFingerprint(store, plan.backup.manifest, sessions.signal);
  const found = await readFingerprint(ask, { like: sealed, plainText: true });
  const back = reversed(copy.places);
  const isRenamed = copy.schema === undefined;
  const plain = part(found, back, copy);
  const comparable = ({ entries, ...rest }: Fingerprint): Fingerprint => ({
    ...rest,
    entries: entries.map((entry) => {
      const { text, ...facts } = withoutFacts(entry, plan.scope);
      const hasText = text !== undefined && !(isRenamed && READS_RELATIONS.has(entry.kind));
      return hasText ? { ...facts, text } : facts;
    }),
  });
  const source = comparable(withoutLeftOut(part(sealed, copy.places, copy), copy));
  const restored = comparable(inNamesOf(plain, back));
  const options = await explainingRoundTrips(source, restored, {
    statements: () => copy.original.schema.entries.flatMap(({ statements }) => statements),
    plainRestored: async () => plain,
  });
  const excused = new Excused(
    log.statements.lost().map((one) => ({ ...one, ...originalOf(one, back, plan) })),
  );
  const compared = compareCatalogs(source, restored, excused, { ...options, skips: skipsOf(copy) });
  const links = await linksToOriginals(main, copy);
  return {
    ...compared,
    items: [
      ...compared.items
        // What is not made is told once, as left out.
        .filter(({ verdict }) => verdict !== 'skipped')
        .map((item): ReportItem => ({ ...item, name: copiedName(item.name, copy) })),
      ...links,
    ],
    notes: compared.notes.map((note) => copiedName(note, copy)),
  };
}

/** The entries of a catalog that belong to the copy, or to what it is a copy of. */
function part(fingerprint: Fingerprint, places: Places, copy: PlannedCopy): Fingerprint {
  const left = new Set<string>();
  if (copy.schema) {
    const chosen = new Set(copy.relations.map(({ from }) => qualified(from.schema, from.name)));
    for (const { kind, name } of fingerprint.entries)
      if (RELATIONS.has(kind) && placesIn(places, copy) && !chosen.has(name)) left.add(name);
  }
  const moves = (object: ObjectName) => {
    if (object.kind === 'cast' || object.kind === 'transform')
      return copy.schema !== undefined && identityIn(object, places) !== object.name;
    // The types of its arguments can be a part of the copy, and a routine not.
    const own = { kind: object.kind, name: object.name.replace(/\(.*$/s, '') };
    return identityIn(own, places) !== own.name;
  };
  const isPart = (entry: FingerprintEntry) =>
    !NOT_COPIED.has(entry.kind) &&
    !left.has(entry.name) &&
    !(entry.parent && left.has(entry.parent.name)) &&
    (moves(entry) || (entry.parent !== undefined && moves(entry.parent)));
  return { ...fingerprint, entries: fingerprint.entries.filter(isPart) };
}

/** A default partition that is not copied is told once, as left out. */
function withoutLeftOut(fingerprint: Fingerprint, { leftOut }: PlannedCopy): Fingerprint {
  const gone = new Set(
    leftOut.flatMap(({ entry: { type, relation } }) => {
      if (type !== 'TABLE ATTACH' || relation === undefined) return [];
      const { schema, name } = readRelationKey(relation);
      return [qualified(schema, name)];
    }),
  );
  const entries = fingerprint.entries.map((entry) => {
    const { defaultPartition, ...facts } = entry.facts;
    return gone.has(String(defaultPartition)) ? { ...entry, facts } : entry;
  });
  return { ...fingerprint, entries };
}

const RELATIONS: ReadonlySet<ObjectKind> = new Set([
  'table',
  'foreign table',
  'view',
  'materialized view',
  'sequence',
]);

/** Whether these places lead from the backup to the copy, and not back. */
function placesIn(places: Places, copy: PlannedCopy): boolean {
  return places === copy.places;
}

function inNamesOf(fingerprint: Fingerprint, places: Places): Fingerprint {
  return { ...fingerprint, entries: fingerprint.entries.map((entry) => entryInNamesOf(entry, places)) };
}

/** The object of a statement in the backup's names. In an exchange it was made in a schema of the restore's own. */
function originalOf(
  { schema, name, on }: SchemaObject,
  back: Places,
  { staging }: CopyRun['plan'],
): Partial<SchemaObject> {
  const unstaged = new Map([...(staging ?? [])].map(([own, staged]) => [staged, own]));
  const original = (place: Partial<Place> & { readonly name: string }) => {
    if (place.schema === undefined) return place;
    const at = { schema: unstaged.get(place.schema) ?? place.schema, name: place.name };
    return placeOf(back, at) ?? at;
  };
  return {
    ...original({ ...(schema === undefined ? {} : { schema }), name }),
    ...(on ? { on: original(on) } : {}),
  };
}

function skipsOf({ leftOut }: PlannedCopy): Skip[] {
  return leftOut.flatMap(({ entry, reason }): Skip[] => {
    const { object, type, relation } = entry;
    if (type === 'TABLE ATTACH' && relation !== undefined) {
      const { schema, name } = readRelationKey(relation);
      return [{ kind: 'table', name: qualified(schema, name), reason }];
    }
    if (object.on?.schema === undefined) return [];
    const kind =
      object.kind === 'constraint' || object.kind === 'trigger' || object.kind === 'rule'
        ? object.kind
        : undefined;
    return kind ? [{ kind, name: onRelation(object.name, object.on.schema, object.on.name), reason }] : [];
  });
}

function copiedName(text: string, { places, schema }: PlannedCopy): string {
  if (schema && text === `schema ${schema.from}`) return `schema ${schema.to}`;
  const [, privileges] = /^default privileges (.*)$/s.exec(text) ?? [];
  if (privileges !== undefined)
    return `default privileges ${identityIn({ kind: 'default privileges', name: privileges }, places)}`;
  try {
    return renameText(text, places, identifier);
  } catch {
    return text;
  }
}
