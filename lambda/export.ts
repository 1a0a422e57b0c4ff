import './shared/collect-garbage.ts';
import type { Context } from 'aws-lambda';
import type { ConfiguredExport } from '../lib/contract/exports.ts';
import { readManifest } from '../lib/engine/archive/read-manifest.ts';
import { resolveBackup } from '../lib/engine/archive/resolve-backup.ts';
import { intoStore } from '../lib/engine/export/destination.ts';
import { exportRows } from '../lib/engine/export/export.ts';
import { LifeboatError } from '../lib/engine/ground/errors.ts';
import { openStore } from '../lib/engine/storage/open-store.ts';
import { withIdentities } from '../lib/engine/storage/with-identities.ts';
import { freeFolder } from './export/free-folder.ts';
import { drillReference } from './restore-drill/drill-event.ts';
import { IdentitySecret } from './restore-drill/identity-secret.ts';
import { exportEnvironment } from './shared/environment.ts';
import { logger, logObserver } from './shared/log.ts';
import { reportFailure } from './shared/report-failure.ts';
import { withinTime } from './shared/time-limit.ts';

const { vault, source, exports, bucket, ageIdentitySecretArn } = exportEnvironment();
const store = openStore(vault);
const to = openStore(bucket);
const identity = new IdentitySecret(ageIdentitySecretArn);
const doing = `The exports of ${source}`;

/**
 * Makes every configured export from one backup. One that fails does not keep the others from being made; then the first
 * failure is thrown. An export that is there is not made again.
 */
export async function handler(event: unknown, context: Context) {
  logger.addContext(context);
  try {
    return await withinTime(context, timeUp(), (signal) => exportAll(event, signal));
  } catch (error) {
    throw reportFailure(error, doing);
  }
}

async function exportAll(event: unknown, signal: AbortSignal) {
  const place = await resolveBackup(store, drillReference(event, source), { source }, { signal });
  const { scope } = await readManifest(store, place, { signal });
  if (scope !== 'full') {
    logger.info('nothing is exported: the backup is not one of the whole database', { ...place, scope });
    return { outcome: 'skipped', ...place, scope } as const;
  }
  const failures: unknown[] = [];
  const made: string[] = [];
  for (const one of exports) {
    try {
      const folder = await exportOne(one, place.backupId);
      if (folder !== undefined) made.push(folder);
    } catch (error) {
      signal.throwIfAborted();
      if (failures.length > 0) reportFailure(error, `The export ${one.name} of ${source}`);
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return { outcome: 'exported', ...place, made } as const;

  /** Undefined if it was made before. */
  async function exportOne(one: ConfiguredExport, backupId: string): Promise<string | undefined> {
    const folder = await freeFolder(to, one, { source, backupId }, signal);
    if (folder === undefined) return undefined;
    const { name, tables, query, format, keepDays } = one;
    const record = await identity.use(signal, (identities) =>
      exportRows({
        from: { store: withIdentities(store, identities), place },
        to: intoStore(to, folder, signal),
        ...{ tables, format, keepDays, signal },
        ...(query === undefined ? {} : { queries: [{ name, sql: query }] }),
        ...(format === 'parquet' ? {} : { compression: 'zstd' as const }),
        now: () => new Date(),
        observer: logObserver(),
      }),
    );
    const rows = record.files.reduce((sum, file) => sum + file.rows, 0);
    logger.info('exported', { name, folder, rows, files: record.files.length, expiresAt: record.expiresAt });
    return folder;
  }
}

function timeUp(): LifeboatError {
  return new LifeboatError({
    code: 'export-time-up',
    kind: 'interrupted',
    what: `${doing} did not end within the time limit of a function.`,
    meaning: 'Exports that have a record, export.json, are whole; the others are not.',
    remedy:
      'Export less, or run `lifeboat export --into s3://…` on a machine, which has no limit. The backup is unchanged.',
  });
}
