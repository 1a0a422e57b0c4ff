import type { LifeboatError } from '../../ground/errors.ts';
import type { ArchivedEntry } from '../archived/archived-schema.ts';
import type { BackupToRestore } from '../archived/read-backup.ts';
import { plainName, readRelationKey, relationKey } from '../archived/relation-key.ts';
import type { RestoreScope } from '../archived/restore-scope.ts';
import { chooseEntries } from '../plan/choose-entries.ts';
import type { PlannedCopy } from '../plan/planned-copy.ts';
import { refusal } from '../plan/refusals.ts';
import { carriedBy, select } from '../plan/select-relations.ts';
import { namesIn } from '../renaming/rename-statement.ts';
import type { TargetFacts } from '../target/look-at-target.ts';
import { copyOf, listed } from './copy-parts.ts';
import type { NamesThere } from './names-there.ts';

/** Everything of a schema, under the name of another one that does not exist yet. */
export function schemaCopy(
  backup: BackupToRestore,
  scope: RestoreScope,
  asked: { readonly from: string; readonly to: string },
  names: NamesThere,
  target: TargetFacts,
): PlannedCopy {
  const { schema, manifest } = backup;
  const selection = select(schema, carriedBy(manifest), scope);
  // It may have been written in SQL quotes.
  const [from = asked.from] = selection.schemas ?? [];
  const { to } = asked;
  const chosen = new Set(
    chooseEntries(schema, selection, scope)
      .chosen.filter(({ role }) => role === 'own')
      .map(({ step }) => step),
  );
  const excluded = [...schema.relations.values()].filter(
    (one) => one.schema === from && !selection.relations.has(one.key),
  );
  const own = schema.entries.filter((entry) => chosen.has(entry.step) || isCastOf(entry, from));
  return copyOf({
    backup,
    // In the new names; those of other schemas are excluded already.
    scope: { ...scope, excludeTables: excluded.map(({ name }) => relationKey(to, name)) },
    selection,
    own,
    // Of excluded relations only the names are needed, to exclude them.
    others: schema.entries.filter(({ relation }) => excluded.some(({ key }) => key === relation)),
    places: { schemas: new Map([[from, to]]), objects: new Map(), indexes: new Map() },
    schema: { from, to },
    madeBeside: [],
    refused: taken(to, names, target) ?? missing(own, from, backup, names, target),
  });
}

/** Casts and transforms have no schema. Those with types of this one are a part of it. */
function isCastOf({ object, statements }: ArchivedEntry, from: string): boolean {
  if (object.kind !== 'cast' && object.kind !== 'transform') return false;
  return statements.some((text) => namesIn(text, () => false).some(({ schema }) => schema === from));
}

function taken(to: string, { schemas }: NamesThere, { display }: TargetFacts): LifeboatError | undefined {
  if (!schemas.has(to)) return undefined;
  return refusal(
    'target-name-taken',
    `${display} already has a schema ${to}.`,
    'Choose another name with --as-schema, or drop that schema.',
    {
      meaning: 'Nothing was changed. A copy never mixes with what exists.',
    },
  );
}

const OF_POSTGRES: ReadonlySet<string> = new Set(['pg_catalog', 'information_schema']);

/** What the schema needs of others must be in the target: a copy makes nothing outside of itself. */
function missing(
  own: readonly ArchivedEntry[],
  from: string,
  { schema, manifest }: BackupToRestore,
  names: NamesThere,
  target: TargetFacts,
): LifeboatError | undefined {
  const known = new Set([
    ...schema.relations.keys(),
    ...schema.entries.flatMap(({ object }) =>
      object.schema === undefined ? [] : [relationKey(object.schema, object.name)],
    ),
  ]);
  const schemas = new Set([...known].map((key) => readRelationKey(key).schema));
  const absent = Map.groupBy(
    manifest.extensions.filter(({ name }) => !target.extensions.has(name)),
    (one) => one.schema,
  );
  const needed = new Map<string, string>();
  for (const { statements, otherRelation, type } of own) {
    for (const place of statements.flatMap((text) => namesIn(text, (name) => schemas.has(name)))) {
      const key = relationKey(place.schema, place.name);
      if (place.schema === from || OF_POSTGRES.has(place.schema) || names.all.has(key)) continue;
      // The key is not made at all.
      if (type === 'FK CONSTRAINT' && key === otherRelation) continue;
      const extensions = absent.get(place.schema)?.map(({ name }) => name);
      if (known.has(key)) needed.set(key, plainName(key));
      else if (extensions) needed.set(key, `${plainName(key)} (of an extension: ${extensions.join(', ')})`);
    }
  }
  if (needed.size === 0) return undefined;
  return refusal(
    'restore-copy-needs',
    `The schema ${from} needs what ${target.display} does not have: ${listed([...needed.values()])}.`,
    'Restore or create these first, or restore the schema into a database of its own.',
    { meaning: 'Nothing was changed. A copy refers to what exists outside of it, and makes nothing there.' },
  );
}
