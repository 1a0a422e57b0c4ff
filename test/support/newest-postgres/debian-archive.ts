import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A package of an exact version, as apt-get takes it. */
export interface DebianPackage {
  readonly name: string;
  readonly version: string;
}

/** Debian's archive as seen by an apt of its own: the machine's packages, pins and lists play no part and stay untouched. */
export interface DebianArchive {
  /** What an empty machine would install for these, dependencies included. Throws what apt-get says when there is no such package. */
  resolve(packages: readonly string[]): Promise<DebianPackage[]>;
  /** Downloads packages (their signed index was read by {@link openDebianArchive}) and unpacks them into a folder, running none of their scripts. */
  unpack(packages: readonly DebianPackage[], folder: string): Promise<void>;
  close(): void;
}

/** Why this machine cannot read Debian's archive; undefined where it can, given a network. */
export function noDebianArchive(): string | undefined {
  if (process.platform !== 'linux') return `${process.platform} is not Debian`;
  try {
    if (!/^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'))) return 'this Linux is not Debian';
  } catch {
    return 'this Linux does not say that it is Debian';
  }
  return machineMirror() === undefined ? "apt's sources name no Debian mirror" : undefined;
}

/** Reads the package lists of some suites: `sid`, `trixie-security` (together with `trixie`), `experimental` (with `sid`). */
export async function openDebianArchive(suite: string): Promise<DebianArchive> {
  const mirror = machineMirror();
  if (mirror === undefined) throw new Error(noDebianArchive() ?? 'no Debian mirror');
  const folder = mkdtempSync(join(tmpdir(), 'lifeboat-apt-'));
  const place = (name: string) => join(folder, name);
  for (const wanted of ['state/lists/partial', 'cache/archives/partial'])
    mkdirSync(place(wanted), { recursive: true });
  writeFileSync(place('status'), '');
  writeFileSync(place('sources.list'), sourcesOf(suite, mirror));
  writeFileSync(place('preferences'), PREFERENCES);
  const options = Object.entries({
    'Dir::Etc::sourcelist': place('sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferences': place('preferences'),
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State': place('state'),
    'Dir::State::status': place('status'),
    'Dir::Cache': place('cache'),
    'APT::Sandbox::User': 'root',
    'APT::Update::Error-Mode': 'any',
    // A snapshot of the archive is as good as the archive.
    'Acquire::Check-Valid-Until': 'false',
    'Acquire::Retries': '2',
    'Acquire::http::Timeout': '20',
  }).map(([name, value]) => `-o${name}=${value}`);
  const apt = async (...parameters: string[]) =>
    (await run('apt-get', [...options, ...parameters], { cwd: folder, maxBuffer: 1 << 26, timeout: 300_000 }))
      .stdout;
  const close = () => rmSync(folder, { recursive: true, force: true });
  try {
    await apt('update', '-qq');
  } catch (error) {
    close();
    throw error;
  }
  return {
    async resolve(packages) {
      const plan = await apt('install', '--simulate', '--no-install-recommends', ...packages);
      return [...plan.matchAll(/^Inst (\S+) \((\S+)/gm)].map(([, name = '', version = '']) => ({
        name,
        version,
      }));
    },
    async unpack(packages, into) {
      await apt('download', '-qq', ...packages.map(({ name, version }) => `${name}=${version}`));
      for (const file of readdirSync(folder).filter((name) => name.endsWith('.deb'))) {
        await run('dpkg', ['--extract', place(file), into]);
        rmSync(place(file));
      }
    },
    close,
  };
}

/** The mirror that the machine itself uses: `http://deb.debian.org/debian`. */
function machineMirror(): string | undefined {
  const texts = ['/etc/apt/sources.list', ...listed('/etc/apt/sources.list.d')].map(textOf);
  const found = texts.flatMap((text) => [
    ...text.matchAll(/^(?:deb .*?|URIs:\s*)(https?:\/\/\S+?\/debian)\/?(?:\s|$)/gm),
  ]);
  return found[0]?.[1];
}

/** apt takes nothing from experimental by itself: PostgreSQL and its client library, and the rest from sid. */
const PREFERENCES = 'Package: postgresql-* libpq5\nPin: release a=experimental\nPin-Priority: 990\n';

function sourcesOf(suite: string, mirror: string): string {
  const base = suite.replace(/-security$/, '');
  const suites = suite === 'experimental' ? ['sid', suite] : [base];
  // The dynamic loader of bullseye knows no --argv0; that of bookworm runs its programs as well.
  if (base === 'bullseye') suites.push('bookworm');
  const lines = suites.map((one) => `deb ${mirror} ${one} main`);
  if (suite !== base) lines.push(`deb ${mirror}-security ${suite} main`);
  return `${lines.join('\n')}\n`;
}

function listed(folder: string): string[] {
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
