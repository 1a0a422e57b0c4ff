import type { FactValue } from './fingerprint.ts';

/**
 * From 19 on the default operator class of GiST for inet and cidr is PostgreSQL's own inet_ops and no longer that of the
 * extension btree_gist (release notes of 19, "Migration"). A class that is the default has no word in a fact, so the same
 * index reads `address` there and `address inet_ops` here; and pg_dump's text makes the other class of it.
 */
const FIRST_MAJOR_WITH_INET_OPS = 19;
const CLASSES = / (?:inet_ops|gist_inet_ops|gist_cidr_ops)(?= |$)/;

export function inetClassIsBetween(olderMajor: number, newerMajor: number): boolean {
  return olderMajor < FIRST_MAJOR_WITH_INET_OPS && newerMajor >= FIRST_MAJOR_WITH_INET_OPS;
}

/** Whether the columns of an index differ in nothing but that. */
export function sameColumnsButInetClass(a: FactValue | undefined, b: FactValue | undefined): boolean {
  if (!Array.isArray(a) || !Array.isArray(b)) return false;
  const without = (columns: readonly string[]) => columns.map((column) => column.replace(CLASSES, ''));
  const [left, right] = [without(a), without(b)];
  return left.length === right.length && left.every((column, at) => column === right[at]);
}
