import { LifeboatError } from '../errors.ts';
import { compareFingerprints } from '../fingerprint/compare-fingerprints.ts';
import type { Fingerprint } from '../fingerprint/fingerprint.ts';
import { readFingerprint } from '../fingerprint/read-fingerprint.ts';
import { type QueryRows, queryRows } from './catalog/query-rows.ts';
import type { Session } from './connect.ts';
import type { Omissions } from './selection/omissions.ts';

/** Somebody changed a function, a view, a type: things that no lock of ours protects, while pg_dump read them. */
export class SchemaChangedError extends LifeboatError {
  constructor(changed: readonly string[]) {
    super({
      code: 'source-schema-changed',
      kind: 'source',
      what: `The schema changed while it was being dumped: ${changed.slice(0, 5).join(', ')}${
        changed.length > 5 ? ` and ${changed.length - 5} more` : ''
      }.`,
      meaning: 'The dump could hold a mixture of before and after, so it was not used.',
      remedy: 'Start the backup again when no migration runs.',
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
  if (await isAtRest(before, query)) return;
  const now = await readFingerprint(query, {
    like: before.fingerprint,
    omissions,
  });
  const changed = compareFingerprints(before.fingerprint, now)
    .filter(
      ({ kind, verdict, layer }) =>
        kind !== 'large objects' && layer !== 'note' && (verdict === 'differs' || verdict === 'missing'),
    )
    .map(({ kind, name }) => `${kind} ${name}`);
  if (changed.length > 0) throw new SchemaChangedError(changed);
}

/**
 * Whether no transaction has begun to write or ended since: whoever changes a catalog has a transaction ID, and each that was
 * running is named in the text of a snapshot (PostgreSQL manual, "pg_snapshot Components"). On a standby they are not all named.
 */
async function isAtRest({ snapshot, standby }: SchemaBefore, query: QueryRows): Promise<boolean> {
  if (standby) return false;
  const [now] = await query('SELECT pg_catalog.pg_current_snapshot()::text AS snapshot');
  return now?.snapshot === snapshot;
}
