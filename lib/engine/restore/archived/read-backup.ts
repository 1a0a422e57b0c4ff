import type { DrillReport } from '../../archive/drill-report.ts';
import { incompleteBackup } from '../../archive/incomplete-backup.ts';
import type { BackupPlace } from '../../archive/keys.ts';
import { nameOfBackup } from '../../archive/listing.ts';
import type { Manifest } from '../../archive/manifest.ts';
import { missingObjects } from '../../archive/missing-objects.ts';
import { readManifestFile } from '../../archive/read-manifest.ts';
import { readProof } from '../../archive/read-proof.ts';
import { readScript, type ScriptPurpose } from '../../archive/read-script.ts';
import { LifeboatError } from '../../ground/errors.ts';
import { holdsOtherBytes } from '../../sql-script/script-text.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { type ArchivedSchema, readArchivedSchema } from './archived-schema.ts';

/** All parts of a backup except its rows. */
export interface BackupToRestore {
  readonly place: BackupPlace;
  /** `class/source/id`. */
  readonly name: string;
  readonly manifest: Manifest;
  readonly manifestSha256: string;
  /** The report of a drill that proved this very backup. */
  readonly proof: DrillReport | undefined;
  readonly schema: ArchivedSchema;
  readonly preData: string;
  readonly postData: string;
  readonly rolesSql: string;
  /** database.sql: settings, owner, grants and comment of the database, a statement each. */
  readonly databaseSql: string;
  readonly largeObjectMetadata: string;
}

/** The objects that a restore cannot do without. */
const READ = [
  'pre-data',
  'post-data',
  'roles',
  'database',
  'large-object-metadata',
] as const satisfies readonly ScriptPurpose[];

/**
 * Reads these parts and checks each against the manifest. Throws `backup-incomplete`, and `restore-schema-not-utf8` for a schema with
 * bytes that are not UTF-8.
 */
export async function readBackup(
  store: ObjectStore,
  place: BackupPlace,
  signal: AbortSignal,
): Promise<BackupToRestore> {
  const { manifest, sha256 } = await readManifestFile(store, place, { signal });
  const scripts = manifest.objects.filter(({ purpose }) => READ.some((one) => one === purpose));
  const missing = await missingObjects(store, scripts, { signal });
  if (missing.length > 0) throw await incompleteBackup(store, place, missing, { signal });
  const [preData, postData, rolesSql, databaseSql, largeObjectMetadata, proof] = await Promise.all([
    readText(store, manifest, 'pre-data', signal),
    readText(store, manifest, 'post-data', signal),
    readText(store, manifest, 'roles', signal),
    readText(store, manifest, 'database', signal),
    readText(store, manifest, 'large-object-metadata', signal),
    readProof(store, place, sha256, { signal }),
  ]);
  return {
    place,
    name: nameOfBackup(place),
    manifest,
    manifestSha256: sha256,
    proof: proof?.report,
    schema: readArchivedSchema(preData, postData),
    preData,
    postData,
    rolesSql,
    databaseSql,
    largeObjectMetadata,
  };
}

async function readText(
  store: ObjectStore,
  manifest: Manifest,
  purpose: ScriptPurpose,
  signal: AbortSignal,
): Promise<string> {
  const script = (await readScript(store, manifest, purpose, signal)) ?? '';
  if (!holdsOtherBytes(script)) return script;
  throw new LifeboatError({
    code: 'restore-schema-not-utf8',
    kind: 'usage',
    what: `The schema of this backup has names or texts in an unknown encoding (the source is ${manifest.server.encoding}).`,
    meaning: 'Lifeboat sends the schema as UTF-8 and would change those bytes.',
    remedy: 'Restore it with restore.sh, which is part of the backup and passes every byte on unchanged.',
  });
}
