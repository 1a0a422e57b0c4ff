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

/** Somebody changed a function, a view, a type, while pg_dump or COPY read it: no lock of ours protects these. */
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

/** What was read before pg_dump began, and when. */
export interface SchemaBefore {
  readonly fingerprint: Fingerprint;
  /** The coordinator's `pg_current_snapshot()`. */
  readonly snapshot: string;
  readonly standby: boolean;
}

/**
 * pg_dump reads parts of the catalog through functions that see the newest state, not the snapshot (PostgreSQL manual,
 * pg_get_viewdef and its like). So what the snapshot shows has to be what is there still when pg_dump is done. What was
 * added since does not matter: the snapshot does not show it. Neither do large objects, which are data. The session is
 * one that sees the newest state: in no transaction, under no snapshot. A server that is at rest is asked no more than that.
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
 * For a query by names that the snapshot shows, where no lock kept them (those of sequences): a server that does not know one
 * any more says that it was renamed or dropped.
 */
export function asChangedSchema(failure: unknown): unknown {
  return NAME_IS_GONE.has(sqlState(failure) ?? '') ? new SchemaChangedError([messageOf(failure)]) : failure;
}
