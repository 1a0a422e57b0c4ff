import { LifeboatError } from '../../ground/errors.ts';
import type { ArchivedEntry } from '../archived/archived-schema.ts';
import type { BackupToRestore } from '../archived/read-backup.ts';
import { plainName, readRelationKey, relationKey } from '../archived/relation-key.ts';
import { type RestoreScope, scopeOf } from '../archived/restore-scope.ts';
import type { PlannedCopy } from '../plan/planned-copy.ts';
import type { Selection } from '../plan/select-relations.ts';
import { movedKey, type Places, placeOf } from '../renaming/places.ts';
import { textNames } from '../renaming/text-mentions.ts';
import { leftOutOfCopy, outsideParents, partitionsOutside, wordsOf } from './left-out-of-copy.ts';
import { renameBackup } from './rename-backup.ts';

export interface CopyParts {
  readonly backup: BackupToRestore;
  readonly scope: RestoreScope;
  readonly selection: Selection;
  /** The entries of what is copied, and of what is made beside for it. */
  readonly own: readonly ArchivedEntry[];
  /** Entries under their own names that a copy may need. */
  readonly others: readonly ArchivedEntry[];
  readonly places: Places;
  readonly schema: PlannedCopy['schema'];
  readonly madeBeside: readonly string[];
  readonly refused: LifeboatError | undefined;
}

/** Puts a copy together. Throws `restore-as-unusable` for what cannot be copied whatever the target is. */
export function copyOf(parts: CopyParts): PlannedCopy {
  const { backup, scope, selection, own, others, places, schema, madeBeside, refused } = parts;
  refuseHosts(backup, selection);
  refuseJoining(own, selection);
  const left = leftOutOfCopy(own, selection.relations, backup.schema, schema !== undefined);
  const gone = new Set(left.map(({ entry }) => entry));
  const kept = own.filter((entry) => !gone.has(entry));
  const all = new Set([...kept, ...others]);
  const renamed = renameBackup(
    backup,
    backup.schema.entries.filter((entry) => all.has(entry)),
    places,
  );
  const keptSteps = new Set(kept.map(({ step }) => step));
  refuseOutside(
    renamed.schema.entries.filter(({ step }) => keptSteps.has(step)),
    places,
  );
  const from = [
    ...new Set([
      ...places.schemas.keys(),
      ...[...places.objects.keys()].map((key) => readRelationKey(key).schema),
    ]),
  ];
  const words = (entry: ArchivedEntry) =>
    wordsOf(renamed.schema.entries.find(({ step }) => step === entry.step) ?? entry);
  return {
    original: backup,
    backup: renamed,
    scope: scopeOfCopy(scope, selection, places, schema),
    places,
    schema,
    relations: [...selection.relations].flatMap((key) => {
      const place = readRelationKey(key);
      const to = placeOf(places, place);
      return to && backup.schema.relations.has(key) ? [{ from: place, to }] : [];
    }),
    madeBeside,
    leftOut: [...left.filter(({ name }) => name !== ''), ...partitionsOutside(backup, selection.relations)],
    stillNames: [
      ...new Set(
        kept.filter(({ statements }) => statements.some((text) => textNames(text, from))).map(words),
      ),
    ],
    searchPaths: kept.filter((entry) => namesInPath(entry, places)).map(words),
    refused,
  };
}

/** The scope in the new names. Excluded relations are named, because they move as well. */
function scopeOfCopy(
  scope: RestoreScope,
  { relations }: Selection,
  places: Places,
  schema: PlannedCopy['schema'],
): RestoreScope {
  const named = {
    ...scope,
    asSchema: undefined,
    asSuffix: undefined,
    tables: undefined,
    schemas: undefined,
    excludeSchemas: undefined,
    tiers: undefined,
    noTiers: true,
  };
  if (schema !== undefined) return scopeOf({ ...named, schemas: [schema.to] });
  const tables = [...relations].map((key) => movedKey(places, key));
  return scopeOf({ ...named, tables, excludeTables: undefined });
}

function namesInPath({ statements, object }: ArchivedEntry, { schemas }: Places): boolean {
  if (object.kind !== 'function' && object.kind !== 'procedure') return false;
  return statements.some((text) => {
    const path = /^\s*SET search_path TO (.*)$/m.exec(text)?.[1] ?? '';
    return [...schemas.keys()].some((name) => path.split(/,\s*/).includes(`'${name.replaceAll("'", "''")}'`));
  });
}

/** What its host or an extension makes is not in a backup, and cannot be made under another name. */
function refuseHosts({ schema }: BackupToRestore, { relations }: Selection): void {
  const unmade = [...relations].filter((key) => !schema.relations.has(key));
  if (unmade.length === 0) return;
  throw new LifeboatError({
    code: 'restore-as-unusable',
    kind: 'usage',
    what: `These belong to an extension or to the host, and cannot be restored under other names: ${listed(unmade.map(plainName))}.`,
    meaning: 'A backup holds their rows, but not their definitions.',
    remedy: `Leave them out (${unmade
      .slice(0, 3)
      .map((key) => `--exclude-table ${plainName(key)}`)
      .join(' ')}), or look at their rows with \`lifeboat browse\`.`,
  });
}

/** A child of a table that is not copied would show its rows there. */
function refuseJoining(own: readonly ArchivedEntry[], { relations }: Selection): void {
  const children = own.flatMap((entry) =>
    outsideParents(entry, relations).map((parent) => ({
      child: plainName(entry.relation ?? ''),
      parent: plainName(parent),
    })),
  );
  const [first] = children;
  if (first === undefined) return;
  throw new LifeboatError({
    code: 'restore-copy-would-join',
    kind: 'usage',
    what: `${first.child} inherits from ${first.parent}, which is not copied${children.length > 1 ? ` (and ${children.length - 1} more tables like it)` : ''}.`,
    meaning: 'A query on the existing parent would show the rows of the copy as well. Nothing was restored.',
    remedy: `Copy the parent as well: --table ${first.parent}. Or leave the child out: --exclude-table ${first.child}.`,
  });
}

/** Nothing of a copy may touch what exists: each of its statements must make, or change, something of its own. */
function refuseOutside(entries: readonly ArchivedEntry[], { schemas, objects }: Places): void {
  const targets = new Set(schemas.values());
  const own = new Set([...objects.values()].map(({ schema, name }) => relationKey(schema, name)));
  const isInside = ({ object, relation }: ArchivedEntry) => {
    const { kind, schema, name, on } = object;
    if (kind === 'schema') return targets.has(name);
    if (targets.has(schema ?? on?.schema ?? '')) return true;
    return [relation, relationKey(schema, name), on && relationKey(on.schema, on.name)].some(
      (key) => key !== undefined && own.has(key),
    );
  };
  const outside = entries.find((entry) => !isInside(entry));
  if (outside === undefined) return;
  throw new LifeboatError({
    code: 'restore-copy-unclear',
    kind: 'usage',
    what: `${wordsOf(outside)} cannot be restored under another name.`,
    meaning: 'It would change something that exists, so nothing was restored.',
    remedy:
      'Restore into a database of its own: `lifeboat restore --create-database`, with another database in the URL.',
  });
}

export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
