import type { Chunk } from '../../archive/manifest.ts';
import { relationKey } from '../archived/relation-key.ts';
import { stepOfChunk, stepThroughRoot } from './chunk-steps.ts';
import type { DoneBefore, RestorePlan } from './restore-plan.ts';

const BUILT: ReadonlySet<string> = new Set(['INDEX', 'CONSTRAINT', 'FK CONSTRAINT']);

/** Undefined for a restore that begins. */
export function doneBefore({
  resumes,
  tables,
  entries,
  target,
  backup,
  largeObjects,
  rawBytes,
}: Pick<RestorePlan, 'resumes' | 'tables' | 'entries' | 'target' | 'backup' | 'largeObjects' | 'rawBytes'>):
  | DoneBefore
  | undefined {
  if (!resumes) return undefined;
  const steps = new Set(target.unfinished?.done ?? []);
  const isLoaded = (chunk: Chunk) => steps.has(stepOfChunk(chunk)) || steps.has(stepThroughRoot(chunk));
  const made = new Set(entries.filter(({ step }) => steps.has(step)).map(({ relation }) => relation));
  const chunks = [
    ...tables.flatMap((table) => table.chunks),
    ...(largeObjects ? backup.manifest.largeObjects.chunks : []),
  ];
  const built = entries.filter(({ type }) => BUILT.has(type));
  // A table without rows is done when it is there.
  const loaded = tables.filter((table) =>
    table.chunks.length > 0 ? table.chunks.every(isLoaded) : made.has(relationKey(table.schema, table.name)),
  );
  return {
    tables: [loaded.length, tables.length],
    rawBytes: [chunks.filter(isLoaded).reduce((sum, chunk) => sum + chunk.rawBytes, 0), rawBytes],
    indexes: [built.filter(({ step }) => steps.has(step)).length, built.length],
  };
}
