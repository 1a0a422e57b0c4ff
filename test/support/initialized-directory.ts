import { execFileSync } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import {
  chownSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { keptDirectory } from './run-directory.ts';
import { type RunningChecksum, startChecksum } from './s3-server/checksum.ts';

export interface Initialization {
  /** With `initdb` and `postgres`. */
  readonly binDirectory: string;
  readonly password: string;
  /** Beside the superuser, its password, and where the data is. */
  readonly initdbArguments: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whom the data belongs to; us unless given. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

const UNUSED_FOR_MS = 7 * 24 * 3600 * 1000;

/**
 * Makes a data directory as initdb does. initdb takes a second of CPU and runs once for each kind of server: the others are copies,
 * each with a system identifier of its own, since that is how Lifeboat tells servers apart.
 */
export function initializeDirectory(dataDirectory: string, initialization: Initialization): void {
  const cache = cacheFolder();
  const made = join(cache, keyOf(initialization));
  if (!copied(made, dataDirectory)) {
    const making = mkdtempSync(join(cache, 'making-'));
    try {
      runInitdb(making, initialization);
      for (const segment of walSegments(join(making, 'data'))) makeSparse(segment);
      publish(making, made);
    } finally {
      rmSync(making, { recursive: true, force: true });
    }
    removeUnused(cache);
    if (!copied(made, dataDirectory)) throw new Error(`${made} went away while it was copied`);
  }
  giveOwnIdentifier(dataDirectory);
}

/** The system identifier in a data directory's control file. */
export function systemIdentifierOf(dataDirectory: string): bigint {
  return readFileSync(join(dataDirectory, 'global', 'pg_control')).readBigUInt64LE(0);
}

/** One for each account, so that nobody starts what another has put there. */
function cacheFolder(): string {
  const { uid } = userInfo();
  const folder = join(keptDirectory(), `lifeboat-initdb-${uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  if (uid >= 0 && statSync(folder).uid !== uid) throw new Error(`${folder} belongs to another account`);
  return folder;
}

/** Other for anything that initdb could make something else of. */
function keyOf({ binDirectory, password, initdbArguments, environment, owner }: Initialization): string {
  const programs = ['initdb', 'postgres'].map((name) => {
    const { size, mtimeMs } = statSync(join(binDirectory, name));
    return [binDirectory, name, size, mtimeMs];
  });
  const locale = Object.entries(environment)
    .filter(([name]) => /^(LC_|LANG|LOCPATH|TZ|PG)/.test(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([programs, password, initdbArguments, locale, owner]))
    .digest('hex')
    .slice(0, 32);
}

function runInitdb(
  directory: string,
  { binDirectory, password, initdbArguments, environment, owner }: Initialization,
): void {
  const passwordFile = join(directory, 'password');
  writeFileSync(passwordFile, password);
  const dataDirectory = join(directory, 'data');
  mkdirSync(dataDirectory, { mode: 0o700 });
  if (owner)
    for (const path of [directory, passwordFile, dataDirectory]) chownSync(path, owner.uid, owner.gid);
  execFileSync(
    join(binDirectory, 'initdb'),
    [
      ...['-D', dataDirectory, '-U', 'postgres', '--auth=scram-sha-256', `--pwfile=${passwordFile}`],
      ...['--no-sync', ...initdbArguments],
    ],
    { ...owner, cwd: directory, stdio: ['ignore', 'ignore', 'pipe'], env: environment },
  );
}

/** Puts it where it belongs at once; another process may have been as quick. */
function publish(making: string, made: string): void {
  try {
    renameSync(join(making, 'data'), made);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** False when there is none. */
function copied(made: string, dataDirectory: string): boolean {
  try {
    utimesSync(made, new Date(), new Date());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  execFileSync('cp', ['-a', made, dataDirectory], { stdio: ['ignore', 'ignore', 'pipe'] });
  return true;
}

function removeUnused(cache: string): void {
  for (const name of readdirSync(cache)) {
    const path = join(cache, name);
    const usedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - usedAt > UNUSED_FOR_MS) rmSync(path, { recursive: true, force: true });
  }
}

/**
 * The identifier stands at the start of the control file, whose CRC covers it, and in the long header of each WAL segment's first
 * page (src/include/catalog/pg_control.h, src/include/access/xlog_internal.h). A server starts with both the same only.
 */
function giveOwnIdentifier(dataDirectory: string): void {
  const path = join(dataDirectory, 'global', 'pg_control');
  const control = readFileSync(path);
  const offset = offsetOfCrc(control);
  const before = control.readBigUInt64LE(0);
  // As initdb makes it: seconds, then what two servers of a second do not share.
  const own = (BigInt(Math.floor(Date.now() / 1000)) << 32n) | BigInt(randomInt(2 ** 32));
  control.writeBigUInt64LE(own, 0);
  const crc = startChecksum('CRC32C');
  crc.update(control.subarray(0, offset));
  control.writeUInt32LE(crcOf(crc), offset);
  writeFileSync(path, control);

  for (const path of walSegments(dataDirectory)) {
    const segment = openSync(path, 'r+');
    const identifier = Buffer.alloc(8);
    readSync(segment, identifier, 0, 8, 24);
    if (identifier.readBigUInt64LE() !== before) throw new Error(`${path} does not begin with a long header`);
    identifier.writeBigUInt64LE(own);
    writeSync(segment, identifier, 0, 8, 24);
    closeSync(segment);
  }
}

function walSegments(dataDirectory: string): string[] {
  const wal = join(dataDirectory, 'pg_wal');
  return readdirSync(wal)
    .filter((name) => /^[0-9A-F]{24}$/.test(name))
    .map((name) => join(wal, name));
}

/** Most of the first segment are zeros; without blocks for them a copy takes half the time. */
function makeSparse(path: string): void {
  const bytes = readFileSync(path);
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  truncateSync(path, end);
  truncateSync(path, bytes.length);
}

function offsetOfCrc(control: Buffer): number {
  const running = startChecksum('CRC32C');
  for (let offset = 0; offset < 508; offset += 4) {
    if (offset > 0 && control.readUInt32LE(offset) === crcOf(running)) return offset;
    running.update(control.subarray(offset, offset + 4));
  }
  throw new Error('pg_control holds no CRC where one is known to be: another layout?');
}

function crcOf(running: RunningChecksum): number {
  return Buffer.from(running.digest(), 'base64').readUInt32BE();
}
