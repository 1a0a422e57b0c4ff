import type { Manifest } from '../archive/manifest.ts';
import type { WorkPiece } from '../ground/work-ahead.ts';
import { readArchivedSchema } from '../restore/archived/archived-schema.ts';
import { expectedWork } from '../restore/plan/expected-work.ts';

/** The pieces of a drill in this process, which does one after the other and makes no statistics. */
export function workOfDrill(manifest: Manifest, preData = '', postData = ''): WorkPiece[] {
  const { entries, relations } = readArchivedSchema(preData, postData);
  const work = expectedWork({
    tables: manifest.tables,
    largeObjects: manifest.largeObjects.chunks,
    entries,
    rootOf: (relation) => relations.get(relation)?.root ?? relation,
    placeOf: (table) => table,
    isDone: () => false,
    compares: true,
    created: entries,
  });
  return work
    .filter(({ kind }) => kind !== 'analyze')
    .map((piece) => ({ ...piece, expectedMs: piece.expectedMs * (SLOWER[piece.kind] ?? 1) }));
}

/**
 * What WebAssembly is slower at than at loading rows. It parses text: an estimate from one drill on a busy machine. It reads
 * rows back: 1.1 and 1.45 times, of a drill of 400 MB on a quiet machine and one of 656 MB on a busy one.
 */
const SLOWER: Partial<Record<WorkPiece['kind'], number>> = { 'search-index': 2, compare: 1.3 };
