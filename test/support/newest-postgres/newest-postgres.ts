import { execFile } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type DebianPackage, noDebianArchive, openDebianArchive } from './debian-archive.ts';

const run = promisify(execFile);

/** Where Debian has the newest minor of each major that it carries. */
export const NEWEST_SUITES = {
  13: 'bullseye-security',
  15: 'bookworm-security',
  17: 'trixie-security',
  18: 'sid',
  19: 'experimental',
} as const;

export type NewestMajor = keyof typeof NEWEST_SUITES;

export interface NewestPostgres {
  readonly major: NewestMajor;
  /** As the server says it: `17.12`, `19rc1`. */
  readonly version: string;
  /** initdb, postgres, pg_dump, pg_restore, psql and the rest of that very version: `startPostgres({ major, binDirectory })`. */
  readonly binDirectory: string;
}

/**
 * The newest PostgreSQL of a major that Debian has, unpacked beside the machine's own: on any Debian, without root, a container
 * or a chroot. The first call downloads some 45 MB; for a day the next ones take what is there, and when Debian cannot be
 * reached they do so for ever. `missing` says why there is none.
 */
export async function newestPostgres(
  major: NewestMajor,
): Promise<NewestPostgres | { readonly missing: string }> {
  const unfit = noDebianArchive();
  if (unfit !== undefined) return { missing: unfit };
  const cache = cacheFolder(major);
  const found = join(cache, 'found');
  const inCache = () => (existsSync(found) ? join(cache, readFileSync(found, 'utf8')) : undefined);
  const cached = inCache();
  if (cached !== undefined && Date.now() - statSync(found).mtimeMs < 24 * 3600_000)
    return describeFolder(major, cached);
  try {
    const archive = await openDebianArchive(NEWEST_SUITES[major]);
    try {
      const packages = await archive.resolve([`postgresql-${major}`, `postgresql-client-${major}`]);
      const name = packages
        .find((one) => one.name === `postgresql-${major}`)
        ?.version.replaceAll(/[^\w.+~-]/g, '_');
      if (name === undefined)
        return { missing: `Debian's ${NEWEST_SUITES[major]} has no PostgreSQL ${major}` };
      if (!existsSync(join(cache, name))) {
        const fresh = mkdtempSync(join(cache, 'unpacking-'));
        await archive.unpack(packages.filter(isWanted), fresh);
        makeProgramsRun(fresh, join(cache, name), major);
        publish(fresh, join(cache, name));
      }
      writeFileSync(found, name);
    } finally {
      archive.close();
    }
  } catch (error) {
    const earlier = inCache();
    if (earlier !== undefined) return describeFolder(major, earlier);
    return { missing: `Debian's archive did not give PostgreSQL ${major}: ${firstLine(error)}` };
  }
  return describeFolder(major, join(cache, readFileSync(found, 'utf8')));
}

async function describeFolder(major: NewestMajor, folder: string): Promise<NewestPostgres> {
  const binDirectory = programFolder(folder, major);
  const { stdout } = await run(join(binDirectory, 'postgres'), ['--version']);
  return { major, version: /\(PostgreSQL\) (\S+)/.exec(stdout)?.[1] ?? stdout.trim(), binDirectory };
}

/** A server and its tools load libraries only; compiling queries (LLVM) and procedures in Perl are not worth 60 MB. */
function isWanted({ name }: DebianPackage): boolean {
  return /^(?:lib|zlib1g|postgresql-(?:client-)?\d+$)/.test(name) && !/^lib(?:.*perl|llvm|z3)/.test(name);
}

/**
 * Programs of a later suite want that suite's C library. Each becomes a script that starts it under the dynamic loader which was
 * unpacked with it. `--argv0` is where it looks for `postgres` and its own share/ from; so the programs proper lie in a
 * folder beside.
 */
function makeProgramsRun(unpacked: string, finalFolder: string, major: NewestMajor): void {
  const loader =
    globSync('usr/lib/*/ld-linux-*.so.*', { cwd: unpacked })[0] ??
    globSync('lib/*/ld-*.so*', { cwd: unpacked })[0];
  if (loader === undefined) throw new Error('no dynamic loader among the packages');
  const libraries = ['usr/lib', 'lib']
    .map((root) => join(finalFolder, root, basename(dirname(loader))))
    .join(':');
  const bin = programFolder(unpacked, major);
  const proper = join(dirname(bin), 'programs');
  renameSync(bin, proper);
  mkdirSync(bin);
  for (const name of readdirSync(proper)) {
    const program = join(programFolder(finalFolder, major), '..', 'programs', name);
    const script = `#!/bin/sh\nexec '${join(finalFolder, loader)}' --library-path '${libraries}' --argv0 "$0" '${program}' "$@"\n`;
    writeFileSync(join(bin, name), script, { mode: 0o755 });
  }
  // Its own library was left out, and a server that finds only half of it fails its longer queries.
  for (const half of globSync(`usr/lib/postgresql/${major}/lib/llvmjit*`, { cwd: unpacked }))
    rmSync(join(unpacked, half));
}

/** Made beside and renamed, so that nobody meets half a folder; whoever comes second drops what it made. */
function publish(fresh: string, folder: string): void {
  chmodSync(fresh, 0o755);
  try {
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

function programFolder(folder: string, major: NewestMajor): string {
  return join(folder, 'usr', 'lib', 'postgresql', String(major), 'bin');
}

/** Where the servers' own account can read it, which a checkout may be hidden from. */
function cacheFolder(major: NewestMajor): string {
  const { uid } = userInfo();
  const folder = join(tmpdir(), `lifeboat-newest-postgres-${uid}`, String(major));
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  if (statSync(dirname(folder)).uid !== uid)
    throw new Error(`${dirname(folder)} belongs to somebody else; remove it`);
  return folder;
}

function firstLine(error: unknown): string {
  const { stderr, message } = error as { stderr?: string; message: string };
  return (stderr?.match(/^[EW]: .*$/m)?.[0] ?? message).split('\n')[0] ?? '';
}
