import type { QueryRows } from '../connection/query-rows.ts';
import { LifeboatError } from '../ground/errors.ts';

/** FUNC_MAX_ARGS, as pg_dump 18.3 was built with. */
const MOST_TRANSFORMS = 100;

/**
 * Refuses functions with too many transforms. pg_dump 18.3 reads pg_proc.protrftypes into a buffer for
 * FUNC_MAX_ARGS types (CVE-2026-19385; fixed in 18.6). More types would overwrite its memory. That memory
 * belongs only to the WebAssembly instance, but the dump could then contain anything.
 */
export async function refuseManyTransforms(query: QueryRows): Promise<void> {
  const [row] = await query(`
    SELECT f.oid::pg_catalog.regprocedure::text AS name, pg_catalog.cardinality(f.protrftypes)::text AS transforms
      FROM pg_catalog.pg_proc f WHERE pg_catalog.cardinality(f.protrftypes) > ${MOST_TRANSFORMS} ORDER BY f.oid LIMIT 1`);
  if (row === undefined) return;
  throw new LifeboatError({
    code: 'source-function-transforms',
    kind: 'source',
    what: `The function ${row.name} has ${row.transforms} transforms; the built-in pg_dump has room for ${MOST_TRANSFORMS}.`,
    meaning:
      'Reading this function would overwrite memory of pg_dump (CVE-2026-19385), so pg_dump was not started.',
    remedy: 'Create the function again with fewer types in its TRANSFORM clause, or drop it.',
  });
}
