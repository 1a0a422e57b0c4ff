import type { ArchivedEntry, ArchivedSchema } from '../archived/archived-schema.ts';
import { nameMentions } from '../archived/name-mentions.ts';
import { type Referrer, referrersTo } from '../archived/refers-to.ts';
import { plainName, relationKey } from '../archived/relation-key.ts';
import type { RestoreScope } from '../archived/restore-scope.ts';
import { objectKey } from '../target/going-with.ts';
import type { TargetFacts } from '../target/look-at-target.ts';
import type { Selection } from './select-relations.ts';

/** What of the backup refers to the relations that are restored, without being a part of them. */
export interface Dependents {
  /** They are missing in the target, or go with what is replaced, and are made. */
  readonly made: readonly Referrer[];
  /** They are missing in the target, and stay missing because nobody asked for them. */
  readonly missing: readonly Referrer[];
  /** They are in the target and would go with what is replaced. */
  readonly going: readonly Referrer[];
  /** They are missing and cannot be made, because they need something else that the target lacks. */
  readonly impossible: ReadonlyArray<{ readonly words: string; readonly needs: string }>;
}

export const NO_DEPENDENTS: Dependents = { made: [], missing: [], going: [], impossible: [] };

/**
 * Finds what DROP … CASCADE took along with a lost table, or would take with a replaced one. It is made if that was
 * asked for, or if nobody said and nothing is overwritten. After the exchange the target has it, perhaps half made, so
 * a restore that goes on from there makes what it began to make: `begun` are the steps.
 */
export function dependentsOf(
  schema: ArchivedSchema,
  selection: Selection,
  target: TargetFacts,
  { dependents, content, as }: RestoreScope,
  begun?: readonly string[],
): Dependents {
  // An empty database is told by the person what it should hold.
  const counts = selection.onlyNamed && content !== 'data' && as === undefined && target.holds !== undefined;
  if (!counts) return NO_DEPENDENTS;
  const goingKeys = new Set(target.going.objects.map(({ key }) => key));
  const unpublished = new Set(target.going.unpublished.map(({ key }) => key));
  const referrers = referrersTo(schema, selection.relations);
  const isThere = ({ entry, makes }: Referrer) =>
    makes === undefined ? target.objects.has(keyOf(entry)) : target.relations.has(makes);
  if (begun !== undefined) return dependentsBegun(referrers, new Set(begun), isThere);
  const going = referrers.filter(({ entry }) => goingKeys.has(keyOf(entry)) || unpublished.has(keyOf(entry)));
  const lacking = referrers.filter((one) => !isThere(one));
  const able = new Set<string>([...selection.relations, ...target.relations.keys()]);
  const missing: Referrer[] = [];
  const impossible: Array<Dependents['impossible'][number]> = [];
  for (const one of lacking) {
    const needs = neededOf(one, schema, target).find((key) => !able.has(key));
    if (needs === undefined) {
      missing.push(one);
      if (one.makes !== undefined) able.add(one.makes);
      continue;
    }
    // A key of a table that is itself gone, or a publication that is: that is another loss.
    if (one.makes === undefined) continue;
    impossible.push({ words: one.words, needs: needs.includes('.') ? plainName(needs) : needs });
  }
  const asked = dependents ?? (selectionReplaces(selection, target) ? 'without' : 'with');
  const wanted = [...new Set([...going, ...missing])];
  if (asked === 'only') return { made: missing, missing: [], going: [], impossible };
  if (asked === 'with') return { made: wanted, missing: [], going: [], impossible };
  // A table comes back to its publications in any case: the restore itself takes it out of them.
  const published = going.filter(({ entry }) => entry.object.kind === 'publication table');
  return {
    made: published,
    missing: missing.filter((one) => !published.includes(one)),
    going: going.filter((one) => !published.includes(one)),
    impossible,
  };
}

function dependentsBegun(
  referrers: readonly Referrer[],
  begun: ReadonlySet<string>,
  isThere: (one: Referrer) => boolean,
): Dependents {
  const isBegun = ({ entry }: Referrer) => begun.has(entry.step);
  return {
    ...NO_DEPENDENTS,
    made: referrers.filter(isBegun),
    missing: referrers.filter((one) => !isBegun(one) && !isThere(one)),
  };
}

/** The selection with the relations that are made besides, and the steps of other objects. */
export function withMade(selection: Selection, { made }: Dependents, schema: ArchivedSchema): Selection {
  const relations = new Set(selection.relations);
  for (const { makes } of made) if (makes !== undefined) relations.add(makes);
  for (const { key, root, owner } of schema.relations.values())
    if ((root !== undefined && relations.has(root)) || (owner !== undefined && relations.has(owner)))
      relations.add(key);
  const steps = new Set(made.flatMap(({ entry, makes }) => (makes === undefined ? [entry.step] : [])));
  return { ...selection, relations, steps };
}

/** The name by which the target's catalog tells of an entry's object: see going-with.ts and objects-there.ts. */
export function keyOf({ type, object, relation, header }: ArchivedEntry): string {
  const { kind, schema, name, on } = object;
  if (kind === 'publication table') return objectKey(kind, on?.name ?? '', relationKey(schema, name));
  if (object.signature !== undefined) return objectKey('routine', `${schema}.${header.name}`);
  if (type === 'DEFAULT') return objectKey('default', name, relation);
  if (kind === 'constraint' || kind === 'trigger' || kind === 'policy' || kind === 'rule')
    return objectKey(kind, name, on ? relationKey(on.schema, on.name) : relation);
  if (relation !== undefined) return objectKey('relation', relation);
  return objectKey(kind === 'domain' ? 'type' : kind, schema === undefined ? name : `${schema}.${name}`);
}

function selectionReplaces({ relations }: Selection, target: TargetFacts): boolean {
  return [...relations].some((key) => target.relations.has(key));
}

/** Keys of relations that an object needs; or the publication that it is a part of. */
function neededOf({ entry, makes }: Referrer, schema: ArchivedSchema, target: TargetFacts): string[] {
  const { object, relation, otherRelation } = entry;
  if (object.kind === 'publication table') {
    const publication = object.on?.name ?? '';
    return target.objects.has(objectKey('publication', publication)) ? [] : [`publication ${publication}`];
  }
  const mentioned = entry.statements.flatMap((text) =>
    nameMentions(text)
      .filter(({ inString, key }) => !inString && schema.relations.has(key))
      .map(({ key }) => key),
  );
  return [
    ...mentioned,
    ...(relation === undefined ? [] : [relation]),
    ...(otherRelation === undefined ? [] : [otherRelation]),
  ].filter((key) => key !== makes);
}
