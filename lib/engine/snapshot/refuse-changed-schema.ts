import type { Omissions } from '../catalog/omissions.ts';
import type { Session } from '../connection/connect.ts';
import { queryRows } from '../connection/query-rows.ts';
import { compareFingerprints } from '../fingerprint/compare-fingerprints.ts';
import type { Fingerprint } from '../fingerprint/fingerprint.ts';
import { readFingerprint } from '../fingerprint/read-fingerprint.ts';
import { LifeboatError, messageOf } from '../ground/errors.ts';
import { isAtRest } from './at-rest.ts';
import { sqlState } from './lock-relations.ts';

const CHANGED_WHILE = {
  dump: {
    what: 'The schema changed while it was being dumped',
    meaning: 'The dump could mix the old and the new schema, so it was not used.',
  },
  rows: {
    what: 'Objects that decide how values are printed changed while rows were being read',
    meaning:
      'PostgreSQL prints rows by the newest catalog and not by the snapshot, so the rows were not used.',
  },
} as const;

/**
 * Somebody changed a function, view or type while pg_dump or COPY read it. The backup's locks do not protect
 * these.
 */
export class SchemaChangedError extends LifeboatError {
  constructor(changed: readonly string[], during: keyof typeof CHANGED_WHILE = 'dump') {
    const { what, meaning } = CHANGED_WHILE[during];
    super({
      code: 'source-schema-changed',
      kind: 'source',
      what: `${what}: ${changed.slice(0, 5).join(', ')}${
        changed.length > 5 ? ` and ${changed.length - 5} more` : ''
      }.`,
      meaning,
      remedy: 'Start the backup again when no migration is running.',
    });
    this.name = 'SchemaChangedError';
  }
}

/** The fingerprint before pg_dump asked what the newest catalog decides, and the snapshot that it shows. */
export interface SchemaBefore {
  readonly fingerprint: Fingerprint;
  /** The coordinator's `pg_current_snapshot()`. */
  readonly snapshot: string;
  readonly standby: boolean;
}

/**
 * Throws {@link SchemaChangedError} if the schema changed during the dump. pg_dump reads parts of the catalog
 * through functions that see the newest state, not the snapshot (PostgreSQL manual, pg_get_viewdef and
 * similar functions). So everything in the snapshot must still be the same when pg_dump is done. Objects
 * added since then do not matter, because the snapshot does not show them, nor do large objects, which are
 * data. The session must see the newest state: it has no transaction and no snapshot. If the server is at
 * rest, nothing else is queried.
 */
export async function refuseChangedSchema(
  before: SchemaBefore,
  { client }: Session,
  omissions: Omissions,
): Promise<void> {
  const query = queryRows(client);
  const [now] = await query('SELECT pg_catalog.pg_current_snapshot()::text AS snapshot');
  if (isAtRest(before, now?.snapshot)) return;
  const fingerprint = await readFingerprint(query, { like: before.fingerprint, omissions });
  const changed = compareFingerprints(before.fingerprint, fingerprint)
    .filter(
      ({ kind, verdict, layer }) =>
        kind !== 'large objects' && layer !== 'note' && (verdict === 'differs' || verdict === 'missing'),
    )
    .map(({ kind, name }) => `${kind} ${name}`);
  if (changed.length > 0) throw new SchemaChangedError(changed);
}

/** undefined_table, invalid_schema_name (PostgreSQL manual, appendix A). */
const NAME_IS_GONE = new Set(['42P01', '3F000']);

/**
 * Converts the failure of a query that uses names from the snapshot which no lock protects (those of
 * sequences). If the server no longer knows a name, the object was renamed or dropped.
 */
export function asChangedSchema(failure: unknown): unknown {
  return NAME_IS_GONE.has(sqlState(failure) ?? '') ? new SchemaChangedError([messageOf(failure)]) : failure;
}
