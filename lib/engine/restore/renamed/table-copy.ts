import type { Fingerprint } from '../../fingerprint/fingerprint.ts';
import { majorOfFingerprint } from '../../fingerprint/fingerprint.ts';
import { qualified } from '../../fingerprint/identity.ts';
import type { LifeboatError } from '../../ground/errors.ts';
import { quoteIdentifier } from '../../ground/sql.ts';
import { type ArchivedEntry, type ArchivedSchema, describedEntry } from '../archived/archived-schema.ts';
import type { BackupToRestore } from '../archived/read-backup.ts';
import { plainName, readRelationKey, relationKey } from '../archived/relation-key.ts';
import type { RestoreScope } from '../archived/restore-scope.ts';
import { chooseEntries } from '../plan/choose-entries.ts';
import type { PlannedCopy } from '../plan/planned-copy.ts';
import { refusal } from '../plan/refusals.ts';
import { carriedBy, select } from '../plan/select-relations.ts';
import type { Place, RenamedIndex } from '../renaming/places.ts';
import { namesIn } from '../renaming/rename-statement.ts';
import type { TargetFacts } from '../target/look-at-target.ts';
import { LONGEST_NAME_BYTES } from './asked-copy.ts';
import { copyOf, listed } from './copy-parts.ts';
import { NOT_WITH_TABLES, partitionsOutside } from './left-out-of-copy.ts';
import type { NamesThere } from './names-there.ts';

/** Kinds of objects that are made beside if the target's own are others, or missing. */
const MADE_BESIDE: ReadonlySet<string> = new Set([
  'type',
  'domain',
  'function',
  'procedure',
  'aggregate',
  'operator',
  'sequence',
  'collation',
  'text search configuration',
  'text search dictionary',
]);

export interface Catalogs {
  readonly archived: Fingerprint;
  /** Undefined for a database that does not exist yet. */
  readonly there: Fingerprint | undefined;
}

/** Several tables under other names, or in another schema, with what they need. */
export function tableCopy(
  backup: BackupToRestore,
  scope: RestoreScope,
  asked: { readonly schema: string | undefined; readonly suffix: string },
  { names, catalogs, target }: { names: NamesThere; catalogs: Catalogs; target: TargetFacts },
): PlannedCopy {
  const { schema, manifest } = backup;
  const selection = select(schema, carriedBy(manifest), scope);
  const bySteps = new Map(schema.entries.map((entry) => [entry.step, entry]));
  const entriesOf = (role: 'own' | 'support', of: ArchivedSchema) =>
    chooseEntries(of, selection, scope)
      .chosen.filter((one) => one.role === role)
      .flatMap(({ step }) => bySteps.get(step) ?? []);
  const own = entriesOf('own', schema);
  // What only a trigger needs is not needed.
  const support = entriesOf('support', {
    ...schema,
    entries: schema.entries.filter(({ object }) => !NOT_WITH_TABLES.has(object.kind)),
  });
  const beside = madeBeside(support, catalogs);
  const move = ({ schema: in_, name }: Place): Place => ({
    schema: asked.schema ?? in_,
    name: withSuffix(name, asked.suffix),
  });
  const named = [
    ...selection.relations,
    ...own.flatMap(({ object }) =>
      object.kind === 'statistics' && object.schema !== undefined
        ? [relationKey(object.schema, object.name)]
        : [],
    ),
    ...beside.flatMap(({ object }) => relationKey(object.schema, object.name)),
  ];
  const objects = new Map([...new Set(named)].map((key) => [key, move(readRelationKey(key))]));
  const indexes = indexesOf(backup, selection.relations, move, asked.suffix, objects);
  const besideAbout = support.filter(
    ({ object }) => object.schema !== undefined && objects.has(relationKey(object.schema, object.name)),
  );
  const copied = new Set([...own, ...beside, ...besideAbout]);
  // An excluded partition would belong to the copy, and be replaced, as soon as its table has the new name.
  const attached = new Set(partitionsOutside(backup, selection.relations).map(({ entry }) => entry));
  const made = asked.schema === undefined ? [] : [madeSchema(asked.schema)];
  const copy = copyOf({
    backup: { ...backup, schema: { ...schema, entries: [...made, ...schema.entries] } },
    scope,
    selection,
    own: [...copied],
    others: [...made, ...schema.entries.filter((entry) => !copied.has(entry) && !attached.has(entry))],
    places: { schemas: new Map(), objects, indexes },
    schema: undefined,
    madeBeside: [...new Set(beside.map(({ object }) => `${object.kind} ${object.schema}.${object.name}`))],
    refused: taken(objects, indexes, beside, names, target, asked),
  });
  return copy;
}

/** Of what the tables need: what the target lacks or has otherwise, and all that refers to that. */
function madeBeside(support: readonly ArchivedEntry[], { archived, there }: Catalogs): ArchivedEntry[] {
  const movable = support.filter(
    ({ type, object }) =>
      MADE_BESIDE.has(object.kind) &&
      object.schema !== undefined &&
      object.on === undefined &&
      !ABOUT.has(type),
  );
  const keyOf = ({ object }: ArchivedEntry) => relationKey(object.schema, object.name);
  const moved = new Set(
    movable.filter((entry) => there === undefined || !isEqual(entry, archived, there)).map(keyOf),
  );
  for (let grows = true; grows; ) {
    grows = false;
    for (const entry of movable) {
      if (moved.has(keyOf(entry))) continue;
      const refers = entry.statements
        .flatMap((text) => namesIn(text, () => false))
        .some(({ schema, name }) => moved.has(relationKey(schema, name)));
      if (refers) {
        moved.add(keyOf(entry));
        grows = true;
      }
    }
  }
  return movable.filter((entry) => moved.has(keyOf(entry)));
}

const ABOUT: ReadonlySet<string> = new Set(['ACL', 'COMMENT', 'SECURITY LABEL']);
/** Facts that make no difference for what uses the object. */
const OF_NO_WEIGHT: ReadonlySet<string> = new Set([
  'owner',
  'grants',
  'grantsOfExtensions',
  'comment',
  'securityLabels',
]);

function isEqual({ object }: ArchivedEntry, archived: Fingerprint, there: Fingerprint): boolean {
  const name = qualified(object.schema ?? '', object.name);
  const sameMajor = majorOfFingerprint(archived) === majorOfFingerprint(there);
  const described = ({ entries }: Fingerprint) =>
    entries
      .filter(
        (one) =>
          (one.kind === object.kind && (one.name === name || one.name.startsWith(`${name}(`))) ||
          one.parent?.name === name,
      )
      .map((one) =>
        JSON.stringify([
          one.kind,
          one.name,
          Object.entries(one.facts)
            .filter(([fact]) => !OF_NO_WEIGHT.has(fact))
            .sort(),
          sameMajor ? Object.entries(one.text ?? {}).sort() : [],
        ]),
      );
  const [before, now] = [described(archived), described(there)];
  return before.length > 0 && JSON.stringify(before) === JSON.stringify(now);
}

/**
 * The indexes, with their new names. One whose name is taken by another object of the copy gets a number: PostgreSQL
 * cuts the names of long tables for their keys, so a table and its key can be the same up to the suffix.
 */
function indexesOf(
  { schema }: Pick<BackupToRestore, 'schema'>,
  relations: ReadonlySet<string>,
  move: (place: Place) => Place,
  suffix: string,
  objects: ReadonlyMap<string, Place>,
): Map<string, RenamedIndex> {
  const given = new Set([...objects.values()].map((to) => relationKey(to.schema, to.name)));
  const own = [...schema.indexes].filter(([, table]) => relations.has(table));
  return new Map(
    own.map(([key, table]) => {
      const from = readRelationKey(key);
      let to = move(from);
      for (let number = 1; given.has(relationKey(to.schema, to.name)); number += 1)
        to = { ...to, name: withSuffix(from.name, `${number}${suffix}`) };
      given.add(relationKey(to.schema, to.name));
      return [key, { ...to, table }] as const;
    }),
  );
}

/** Cuts the name, at the end of a character, so that the suffix stays whole. */
export function withSuffix(name: string, suffix: string): string {
  let cut = name;
  while (Buffer.byteLength(cut + suffix) > LONGEST_NAME_BYTES && cut !== '')
    cut = [...cut].slice(0, -1).join('');
  return cut + suffix;
}

function madeSchema(name: string): ArchivedEntry {
  return describedEntry({
    step: 'pre-data:copy',
    section: 'pre-data',
    type: 'SCHEMA',
    header: { type: 'SCHEMA', name, schema: undefined },
    settings: [],
    statements: [`CREATE SCHEMA ${quoteIdentifier(name)};`],
  });
}

function taken(
  objects: ReadonlyMap<string, Place>,
  indexes: ReadonlyMap<string, RenamedIndex>,
  beside: readonly ArchivedEntry[],
  names: NamesThere,
  { display }: TargetFacts,
  asked: { readonly schema: string | undefined; readonly suffix: string },
): LifeboatError | undefined {
  const others = new Set(beside.map(({ object }) => relationKey(object.schema, object.name)));
  const wanted = [...objects, ...indexes].map(([from, { schema, name }]) => ({
    from,
    key: relationKey(schema, name),
  }));
  const twice = [...Map.groupBy(wanted, ({ key }) => key)].filter(([, some]) => some.length > 1);
  const [first] = twice;
  if (first !== undefined) {
    return refusal(
      'restore-names-collide',
      `Several objects would be called ${plainName(first[0])}: ${listed(first[1].map(({ from }) => plainName(from)))}.`,
      asked.suffix === ''
        ? 'Copy these one after the other, each with an --as-schema of its own.'
        : 'Use --as-schema instead of --as-suffix: there they keep their names. Or copy them one after the other, with different suffixes.',
      { meaning: `Nothing was changed. A name has at most ${LONGEST_NAME_BYTES} bytes.` },
    );
  }
  const there = wanted
    .filter(({ from, key }) => (others.has(from) ? names.all : names.taken).has(key))
    .map(({ key }) => plainName(key));
  if (there.length === 0) return undefined;
  return refusal(
    'target-name-taken',
    `${display} already has ${listed(there)}.`,
    'Choose another suffix or schema, or drop what is there.',
    { meaning: 'Nothing was changed. A copy never takes the place of what exists.' },
  );
}
