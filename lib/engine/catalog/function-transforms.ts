import type { QueryRows } from '../connection/query-rows.ts';
import { LifeboatError } from '../ground/errors.ts';

/** FUNC_MAX_ARGS, as pg_dump 18.3 was built with. */
const MOST_TRANSFORMS = 100;

/**
 * pg_dump 18.3 reads pg_proc.protrftypes into room for FUNC_MAX_ARGS types (CVE-2026-19385; mended in 18.6). More of them would
 * overwrite its memory, which is WebAssembly's and nobody else's; what it would write then is nobody's guess.
 */
export async function refuseManyTransforms(query: QueryRows): Promise<void> {
  const [row] = await query(`
    SELECT f.oid::pg_catalog.regprocedure::text AS name, pg_catalog.cardinality(f.protrftypes)::text AS transforms
      FROM pg_catalog.pg_proc f WHERE pg_catalog.cardinality(f.protrftypes) > ${MOST_TRANSFORMS} ORDER BY f.oid LIMIT 1`);
  if (row === undefined) return;
  throw new LifeboatError({
    code: 'source-function-transforms',
    kind: 'source',
    what: `The function ${row.name} has ${row.transforms} transforms, more than the ${MOST_TRANSFORMS} that the built-in pg_dump has room for.`,
    meaning:
      'Reading it would overwrite memory of pg_dump (CVE-2026-19385), so it was not started on this database.',
    remedy: 'Make the function anew with fewer types in its TRANSFORM clause, or drop it.',
  });
}
