import { HOST_PROFILES, type HostProfile } from '../../../contract/host-profiles.ts';
import type { Manifest, SequenceValue, TableData } from '../../archive/manifest.ts';
import { hostRules } from '../../selection/host-rules.ts';
import type { ArchivedEntry } from '../archived/archived-schema.ts';
import { readRelationKey, relationKey } from '../archived/relation-key.ts';
import { type ExistingRelation, onRelationKey, type TargetFacts } from '../target/look-at-target.ts';
import type { Choice } from './choose-entries.ts';

/**
 * Schemas that the host of the target made, like the host of the source, and in which the role may not create
 * or drop anything: Supabase's auth and storage. Their objects stay, and only rows are loaded.
 */
export function hostSchemasOf(
  manifest: Pick<Manifest, 'server'>,
  { schemasOfOthers }: Pick<TargetFacts, 'schemasOfOthers'>,
): ReadonlySet<string> {
  return new Set(
    [...hostRules(profileOf(manifest)).sharedSchemas].filter((name) => schemasOfOthers.has(name)),
  );
}

/**
 * Leaves out the objects that the host made. Triggers and policies on its tables are created where they are
 * missing: some of them are the user's, and nothing tells which. An extension of the target is left alone,
 * because the role may not even change its comment.
 */
export function leaveToHost(
  { chosen, leftOut }: Choice,
  schemas: ReadonlySet<string>,
  { extensions, onTablesOfOthers }: Pick<TargetFacts, 'extensions' | 'onTablesOfOthers'>,
): Choice {
  if (schemas.size === 0) return { chosen, leftOut };
  const isHosts = (entry: ArchivedEntry) =>
    schemasOf(entry).some((name) => schemas.has(name)) ||
    (entry.object.kind === 'extension' && extensions.has(entry.object.name));
  return {
    chosen: chosen.filter((entry) => {
      if (!isHosts(entry)) return true;
      const kind = KINDS_OF_THE_USER.get(entry.type);
      if (kind === undefined) return false;
      return !onTablesOfOthers.has(onRelationKey(entry.relation ?? '', kind, entry.object.name));
    }),
    leftOut,
  };
}

/** The host profile of a backup; `plain` for a profile that this Lifeboat does not know. */
export function profileOf({ server }: Pick<Manifest, 'server'>): HostProfile {
  return HOST_PROFILES.find((one) => one === server.hostProfile) ?? 'plain';
}

/** What users may create on the host's tables. */
const KINDS_OF_THE_USER: ReadonlyMap<string, 'trigger' | 'policy'> = new Map([
  ['TRIGGER', 'trigger'],
  ['POLICY', 'policy'],
]);

function schemasOf({ relation, object, header }: ArchivedEntry): string[] {
  if (relation !== undefined) return [readRelationKey(relation).schema];
  return [object.kind === 'schema' ? object.name : object.schema, object.on?.schema, header.schema].filter(
    (name) => name !== undefined,
  );
}

/** Separates relations that can be filled from those of the host or an extension that keep their content. */
export function fillable<T extends Pick<TableData | SequenceValue, 'schema' | 'name'>>(
  relations: readonly T[],
  isOthers: (relation: T) => boolean,
  existing: ReadonlyMap<string, ExistingRelation>,
): { readonly filled: readonly T[]; readonly kept: readonly T[] } {
  const isKept = (one: T) =>
    isOthers(one) && existing.get(relationKey(one.schema, one.name))?.mayFill !== true;
  return {
    filled: relations.filter((one) => !isKept(one)),
    kept: relations.filter(isKept),
  };
}
