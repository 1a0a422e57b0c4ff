/** Up to this share of a name's letters may differ for a typing error; with more it is another name. */
const MOST_CHANGED_SHARE = 0.34;

/**
 * The name that somebody probably meant: `written` is its beginning, or differs from it by a few letters.
 * Undefined when no name is near, or when several are equally near.
 */
export function nearestName(written: string, names: Iterable<string>): string | undefined {
  const wanted = written.toLowerCase();
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const known = name.toLowerCase();
    const isBeginning = wanted !== '' && known.startsWith(wanted);
    // If `written` is the beginning of several names, the shortest is nearest. No typing error is as near.
    const distance = isBeginning ? 1 - wanted.length / (known.length + 1) : editDistance(wanted, known);
    if (distance > Math.max(1, Math.floor(wanted.length * MOST_CHANGED_SHARE))) continue;
    if (distance === least) nearest = undefined;
    if (distance >= least) continue;
    least = distance;
    nearest = name;
  }
  return nearest;
}

/** The number of letters to insert, delete, replace or swap with their neighbour. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > Math.max(a.length, b.length) * MOST_CHANGED_SHARE + 1) {
    return Number.POSITIVE_INFINITY;
  }
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    rows.push(current);
    for (let column = 1; column <= b.length; column += 1) {
      const isSame = a[row - 1] === b[column - 1];
      const isSwapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current.push(
        Math.min(
          at(row - 1, column) + 1,
          at(row, column - 1) + 1,
          at(row - 1, column - 1) + (isSame ? 0 : 1),
          isSwapped ? at(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(a.length, b.length);
}
