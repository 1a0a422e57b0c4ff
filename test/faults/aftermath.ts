import { expect } from 'vitest';
import { backupPrefix, manifestKey } from '../../lib/engine/archive/keys.ts';
import { listBackups } from '../../lib/engine/archive/listing.ts';
import { type BackupRequest, type BackupResult, backup } from '../../lib/engine/backup/backup.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';
import { verifyBackup } from '../../lib/engine/verify/verify.ts';
import type { PostgresServer } from '../support/postgres-server.ts';
import { newPlace } from '../support/vaults.ts';

/** What one backup under a fault came to. */
export interface Attempted {
  readonly sealed: boolean;
  readonly error?: LifeboatError;
  readonly durationMs: number;
}

/**
 * Runs a backup that a fault will meet. It may be sealed; if it is not, the error has to say what happened, and no
 * manifest may be there.
 */
export async function attempt(
  url: string,
  store: ObjectStore,
  /** Reads the vault when the faults are over; the same store unless given. */
  judge: { readonly store?: ObjectStore; readonly heal?: () => void },
  options: Partial<BackupRequest> = {},
): Promise<Attempted> {
  const place = newPlace();
  const startedAt = performance.now();
  const outcome = await backup({ settings: connectionSettings(url), store, place, ...options }).catch(
    (error: unknown) => ({ outcome: 'failed' as const, error }),
  );
  const durationMs = performance.now() - startedAt;
  judge.heal?.();
  const reader = judge.store ?? store;
  if (isSealed(outcome)) {
    await expectWhole(reader, [manifestKey(place)]);
    return { sealed: true, durationMs };
  }
  expect(await reader.head(manifestKey(place)), 'no manifest').toBeUndefined();
  const error = 'error' in outcome ? outcome.error : outcome;
  if (!(error instanceof LifeboatError)) throw new Error('the failure has no name', { cause: error });
  return { sealed: false, error, durationMs };
}

function isSealed(outcome: { outcome: string }): outcome is BackupResult {
  return outcome.outcome === 'sealed';
}

/** Every sealed backup of a vault is whole, those already `known` apart; adds what it looked at to them. */
export async function expectAllWhole(store: ObjectStore, known: Set<string>): Promise<void> {
  const { backups } = await listBackups(store);
  for (const { place } of backups) {
    if (known.has(backupPrefix(place))) continue;
    expect((await verifyBackup(store, place)).verdict, backupPrefix(place)).toBe('intact');
    known.add(backupPrefix(place));
  }
}

async function expectWhole(store: ObjectStore, keys: readonly string[]): Promise<void> {
  const { backups } = await listBackups(store);
  const found = backups.filter(({ place }) => keys.includes(manifestKey(place)));
  expect(found).toHaveLength(keys.length);
  for (const { place } of found) expect((await verifyBackup(store, place)).verdict).toBe('intact');
}

/** No session of ours is left on the source, none idle in a transaction. The server ends a lost one in its own time. */
export async function expectSourceLeftAlone(server: PostgresServer): Promise<void> {
  const client = await server.connect();
  await expect
    .poll(
      async () =>
        (
          await client.query(
            `SELECT pid, state FROM pg_stat_activity
              WHERE application_name = 'lifeboat' OR (state LIKE 'idle in transaction%' AND pid <> pg_backend_pid())`,
          )
        ).rows,
      { timeout: 30_000, interval: 20 },
    )
    .toEqual([]);
  await client.end();
}

/** The same source into the same vault, nothing in the way: sealed and whole. */
export async function expectNextRunFine(server: PostgresServer, store: ObjectStore): Promise<void> {
  expect(await attempt(server.url(), store, {})).toMatchObject({ sealed: true });
}
