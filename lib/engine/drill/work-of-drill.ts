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
    .map((piece) =>
      piece.kind === 'search-index' ? { ...piece, expectedMs: piece.expectedMs * SLOWER } : piece,
    );
}

/** WebAssembly parses text slower still than it loads rows. An estimate from one drill on a busy machine. */
const SLOWER = 2;
