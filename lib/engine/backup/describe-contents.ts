import type { Chunk, Manifest, TableData } from '../archive/manifest.ts';
import { type ContentDigest, EMPTY_DIGEST, sumDigests } from '../copy-text/row-digest.ts';
import type { ContentPlan, ContentTask } from './plan-contents.ts';

/** Describes the copied rows for the manifest: tables with their chunks in page order, and large objects. */
export function describeContents(
  plan: ContentPlan,
  stored: ReadonlyMap<ContentTask, Chunk>,
  rolesInRows: ReadonlyMap<number, readonly string[]> = new Map(),
): Pick<Manifest, 'tables' | 'largeObjects'> {
  const chunksOf = new Map(plan.tables.map((table) => [table, [] as Chunk[]]));
  const largeObjectChunks: Chunk[] = [];
  for (const [task, chunk] of stored) {
    if (!task.chunk) largeObjectChunks.push(chunk);
    else {
      const { table, pages } = task.chunk;
      chunksOf.get(table)?.push(pages ? { ...chunk, pages } : chunk);
    }
  }
  const tables = plan.tables.map((table): TableData => {
    const chunks = (chunksOf.get(table) ?? []).sort((a, b) => (a.pages?.from ?? 0) - (b.pages?.from ?? 0));
    const roles = rolesInRows.get(table.oid);
    const dataLeftOut = plan.withoutRows.get(table);
    return {
      schema: table.schema,
      name: table.name,
      columns: [...table.columns],
      generatedColumns: [...table.generatedColumns],
      ...(table.partitionRoot ? { partitionRoot: table.partitionRoot } : {}),
      ...(table.condition ? { condition: table.condition } : {}),
      ...(dataLeftOut ? { dataLeftOut } : {}),
      ...(roles ? { roles: [...roles] } : {}),
      ...contentOf(chunks),
      chunks,
    };
  });
  return {
    tables,
    largeObjects: {
      count: plan.largeObjectCount,
      ...contentOf(largeObjectChunks),
      chunks: largeObjectChunks.sort((a, b) => (a.key < b.key ? -1 : 1)),
    },
  };
}

function contentOf(chunks: readonly Chunk[]): ContentDigest {
  return chunks.length === 0 ? EMPTY_DIGEST : sumDigests(chunks);
}
