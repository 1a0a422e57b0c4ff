import type { FactValue } from './fingerprint.ts';

/**
 * From 19 on, the default GiST operator class for inet and cidr is PostgreSQL's own inet_ops, and no longer
 * that of the extension btree_gist (release notes of 19, "Migration"). A fact does not name the default
 * class, so the same index reads `address` on one side and `address inet_ops` on the other, and pg_dump's
 * text creates the other class.
 */
const FIRST_MAJOR_WITH_INET_OPS = 19;
const CLASSES = / (?:inet_ops|gist_inet_ops|gist_cidr_ops)(?= |$)/;

export function inetClassIsBetween(olderMajor: number, newerMajor: number): boolean {
  return olderMajor < FIRST_MAJOR_WITH_INET_OPS && newerMajor >= FIRST_MAJOR_WITH_INET_OPS;
}

/** Whether the columns of an index differ only in this operator class. */
export function sameColumnsButInetClass(a: FactValue | undefined, b: FactValue | undefined): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return false;
  const without = (columns: readonly string[]) => columns.map((column) => column.replace(CLASSES, ''));
  const [left, right] = [without(a), without(b)];
  return left.length === right.length && left.every((column, at) => column === right[at]);
}
