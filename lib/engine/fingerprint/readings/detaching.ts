import { FIRST_MAJOR_WITH_PENDING_DETACH } from '../../catalog/detached-partitions.ts';

/**
 * An SQL condition on a row of pg_inherits: whether a detach is pending. Queries then treat the child as a
 * separate table.
 */
export function isDetaching(major: number, inherits: string): string {
  return major >= FIRST_MAJOR_WITH_PENDING_DETACH ? `${inherits}.inhdetachpending` : 'false';
}

/** The same condition for the OID of a relation. */
export function ofDetaching(major: number, oid: string): string {
  return major >= FIRST_MAJOR_WITH_PENDING_DETACH
    ? `EXISTS (SELECT FROM pg_catalog.pg_inherits detach WHERE detach.inhrelid = ${oid} AND detach.inhdetachpending)`
    : 'false';
}
