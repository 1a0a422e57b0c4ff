import { deletedBackup } from '../archive/deleted-backups.ts';
import { UNUSUAL_PERCENT } from '../archive/deviation.ts';
import { isSafetySource, timeOfId } from '../archive/keys.ts';
import { backupFolders, listBackups, nameOfBackup, type VaultListing } from '../archive/listing.ts';
import { readManifest } from '../archive/read-manifest.ts';
import { settleExpired } from '../keep/left-by-expiry.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { estimateDrillBytes, freeDiskBytes, megabytes } from '../target/disk-room.ts';
import { requireUsableDirectory } from '../target/embedded/usable-directory.ts';
import { lookAtSource, type SourceReading } from '../watch/look-at-source.ts';
import { encryptionFindings } from './encryption-findings.ts';
import { type Finding, Findings } from './finding.ts';

export interface BackupFindingsRequest {
  readonly store: ObjectStore;
  /** Only this source. @default every source of the vault */
  readonly source: string | undefined;
  /** The greatest age that the newest backup may have. */
  readonly maxAgeHours: number;
  /** Whether somebody expects a backup: then it is a problem that there is none. */
  readonly isExpected: boolean;
  /** Where a drill would put its files. */
  readonly directory: string;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

const HOUR_S = 3600;
/** A week, and an hour for the run itself. */
const PROVEN_WITHIN_HOURS = 169;
const LONG_AGO = new Date(0);
/** Clocks differ by this much. */
const AHEAD_MS = 5 * 60_000;

export async function backupFindings(request: BackupFindingsRequest): Promise<Finding[]> {
  const { store, source, signal } = request;
  try {
    const sources = source === undefined ? await sourcesIn(store, signal) : [source];
    if (sources.length === 0) return [await noBackup(request)];
    const findings: Finding[] = [];
    for (const name of sources) {
      const listing = await listBackups(store, { source: name }, { signal });
      findings.push(
        ...(await lookAt(name, request)),
        ...idsAhead(listing),
        ...(await manifestsGone(listing, request)),
      );
    }
    return findings;
  } catch (error) {
    signal.throwIfAborted();
    return [new Findings('backups', 'backup-age').error(error)];
  }
}

async function sourcesIn(store: ObjectStore, signal: AbortSignal): Promise<string[]> {
  const folders = await backupFolders(store, {}, { signal });
  // Safety backups of restores grow old, and are meant to.
  return [...new Set(folders.map(({ source }) => source))].filter((name) => !isSafetySource(name)).sort();
}

async function lookAt(source: string, request: BackupFindingsRequest): Promise<Finding[]> {
  const { store, now, signal } = request;
  const reading = await lookAtSource({
    store,
    source,
    backupsDueSince: LONG_AGO,
    drillsDueSince: LONG_AGO,
    now: now(),
    signal,
    mayHoldCopies: true,
  });
  if (!reading.newestFull) return [await noBackup(request, source), ...damage(reading)];
  return [
    ageFinding(source, reading, request.maxAgeHours),
    provenFinding(source, reading),
    ...sizeFindings(source, reading),
    ...damage(reading),
    ...(await encryptionFindings(source, reading.newestFull, store, signal)),
    await roomFinding(reading, request),
  ];
}

async function noBackup(request: BackupFindingsRequest, source?: string): Promise<Finding> {
  const { store, isExpected, signal } = request;
  const findings = new Findings('backups', 'backup-age');
  const of = source === undefined ? '' : ` of ${source}`;
  const deleted = await deletedBackup(store, { source }, { signal });
  if (deleted) {
    return findings.problem(
      `There is no full backup${of} in ${store.url} any more: ${nameOfBackup(deleted)} was deleted.`,
      'Until the bucket removes its old versions for good, `lifeboat list --deleted` shows what was there, and every command with --deleted reads it. Find out who deleted it, and take a backup now: `lifeboat backup`.',
    );
  }
  const what = `There is no full backup${of} in ${store.url} yet.`;
  const remedy = 'Take one: `lifeboat backup`.';
  if (!isExpected) return findings.warning(what, remedy);
  return findings.problem(
    what,
    `${remedy} If there should be one, check the address of the vault and the name of the source.`,
  );
}

function ageFinding(
  source: string,
  { backupAgeSeconds, newestFull }: SourceReading,
  maxAgeHours: number,
): Finding {
  const findings = new Findings('backups', 'backup-age');
  const hours = backupAgeSeconds / HOUR_S;
  const what = `The newest full backup of ${source} is ${ageText(backupAgeSeconds)} old${newestFull ? ` (${nameOfBackup(newestFull)})` : ''}.`;
  return hours > maxAgeHours
    ? findings.problem(
        what,
        `It should be at most ${maxAgeHours} h old (--max-age). Take one now with \`lifeboat backup --name ${source}\`, and find out why none was taken.`,
      )
    : findings.ok(what);
}

function provenFinding(source: string, reading: SourceReading): Finding {
  const findings = new Findings('backups', 'proof');
  const { newestProven, newestFull, provenAgeSeconds } = reading;
  const remedy = `Run \`lifeboat drill --name ${source}\`: it restores the newest backup and compares it.`;
  if (!newestProven)
    return findings.warning(`No backup of ${source} has ever been proven by a drill.`, remedy);
  const isNewest = newestFull !== undefined && nameOfBackup(newestProven) === nameOfBackup(newestFull);
  if (isNewest) return findings.ok(`The newest backup of ${source} is proven.`);
  const what = `The newest proven backup of ${source} is ${ageText(provenAgeSeconds)} old.`;
  return provenAgeSeconds / HOUR_S > PROVEN_WITHIN_HOURS ? findings.warning(what, remedy) : findings.ok(what);
}

function sizeFindings(source: string, { deviation }: SourceReading): Finding[] {
  if (!deviation || deviation.sizePercent <= UNUSUAL_PERCENT) return [];
  return [
    new Findings('backups', 'backup-size').warning(
      `The size of the newest backup of ${source} differs from the usual size by ${Math.round(deviation.sizePercent)} %.`,
      `\`lifeboat verify --name ${source}\` names the tables that lost rows.`,
    ),
  ];
}

function damage({ problems }: SourceReading): Finding[] {
  const findings = new Findings('backups', 'backup-damage');
  return problems.map((problem) =>
    findings.problem(
      problem,
      'Delete nothing, take another backup (`lifeboat backup`), and check the older ones with `lifeboat list` and `lifeboat verify <backup>`.',
    ),
  );
}

/** Names backups whose ids are later than their manifests. */
function idsAhead({ backups }: VaultListing): Finding[] {
  const findings = new Findings('backups', 'backup-id');
  return backups
    .filter(({ place, sealedAt }) => timeOfId(place.backupId).getTime() > sealedAt.getTime() + AHEAD_MS)
    .map(({ place, sealedAt }) =>
      findings.warning(
        `The id of ${nameOfBackup(place)} is later than its manifest, which was stored at ${sealedAt.toISOString()}.`,
        'Set the clock of the machine that made it. The backup counts from the time at which it was stored.',
      ),
    );
}

/** Names what was a backup and has lost its manifest. */
async function manifestsGone(
  listing: VaultListing,
  { store, now, signal }: BackupFindingsRequest,
): Promise<Finding[]> {
  const { manifestGone } = await settleExpired(store, listing, now(), { signal });
  const findings = new Findings('backups', 'manifest-gone');
  return manifestGone.map((place) =>
    findings.warning(
      `${nameOfBackup(place)} has a proof, but its manifest was deleted.`,
      'It cannot be restored without its manifest. If nobody knows of it and the bucket keeps versions, look at it with `lifeboat show --deleted`, and find out who may delete in the vault.',
    ),
  );
}

async function roomFinding(
  { newestFull }: SourceReading,
  { store, directory, signal }: BackupFindingsRequest,
): Promise<Finding> {
  const findings = new Findings('machine', 'drill-room');
  if (!newestFull) return findings.skipped('There is no backup to drill.');
  const manifest = await readManifest(store, newestFull, { signal });
  try {
    await requireUsableDirectory(directory);
  } catch (error) {
    return findings.error(error);
  }
  const neededBytes = estimateDrillBytes(manifest);
  const freeBytes = await freeDiskBytes(directory);
  const what = `A drill of ${nameOfBackup(newestFull)} needs about ${megabytes(neededBytes)} in ${directory}, where ${megabytes(freeBytes)} are free.`;
  return freeBytes < neededBytes
    ? findings.warning(what, 'Name a directory with more room: `lifeboat drill --directory <path>`.')
    : findings.ok(what);
}

function ageText(seconds: number): string {
  const hours = seconds / HOUR_S;
  if (seconds < 60) return 'less than a minute';
  if (hours < 1) return `${Math.floor(seconds / 60)} min`;
  return hours < 48 ? `${Math.floor(hours)} h` : `${Math.floor(hours / 24)} d`;
}
