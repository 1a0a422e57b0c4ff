import { type Chunk, type Manifest, MOST_SHARED_BYTES } from '../archive/manifest.ts';
import { type RowsObject, rowsObjects } from '../archive/stored-objects.ts';

/** Objects that tables do not share as the format says. */
export function wrongSharing(manifest: Manifest): Array<{ readonly name: string; readonly problem: string }> {
  return rowsObjects(manifest)
    .filter(({ chunks }) => chunks.some(({ part }) => part))
    .flatMap((object) =>
      [...wrongParts(object), ...misplaced(manifest, object)].map((problem) => ({
        name: object.key,
        problem,
      })),
    );
}

/** The chunks cover the text from its beginning, each byte once. */
function wrongParts({ chunks, sizeBytes, sha256 }: RowsObject): string[] {
  const problems: string[] = [];
  if (chunks.some((chunk) => chunk.sizeBytes !== sizeBytes || chunk.sha256 !== sha256))
    problems.push('is described in different ways by the tables that share it');
  if (chunks.some(({ pages }) => pages)) problems.push('is shared, and holds page ranges');
  if (chunks.some(isOtherSize)) problems.push('has a part that is not as long as the rows in it');
  let end = 0;
  for (const { from, to } of chunks.flatMap(({ part }) => part ?? [])) {
    if (from > end) problems.push(`has text from byte ${end} to ${from - 1} that is no table's`);
    if (from < end) problems.push(`has text from byte ${from} to ${Math.min(end, to) - 1} in two tables`);
    end = Math.max(end, to);
  }
  if (end > MOST_SHARED_BYTES)
    problems.push(`has ${end} bytes of text, and tables may share ${MOST_SHARED_BYTES}`);
  return problems;
}

function isOtherSize({ part, rawBytes }: Chunk): boolean {
  return part !== undefined && part.to - part.from !== rawBytes;
}

function misplaced({ format, largeObjects }: Manifest, { chunks }: RowsObject): string[] {
  const problems: string[] = [];
  if (chunks.some((chunk) => largeObjects.chunks.includes(chunk)))
    problems.push('is shared by large objects');
  if (format < 2) problems.push(`is shared by tables, which format ${format} does not have`);
  return problems;
}
