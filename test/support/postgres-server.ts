import { execFileSync, spawn } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  cpSync,
  existsSync,
  mkdtempSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { initializeDirectory } from './initialized-directory.ts';

/**
 * 13 to 18 come from the npm packages `postgres-<major>-<platform>` (13 and 16 for Linux on x64 alone), Debian's own 15 from
 * {@link debianBinaries}, and the newest minors and 19 from `newestPostgres()` as a `binDirectory`.
 */
export type ServerMajor = 13 | 14 | 15 | 16 | 17 | 18 | 19;

export interface ServerOptions {
  readonly major: ServerMajor;
  /** Use these binaries (a directory with `initdb` and `postgres`) instead of the npm package's. */
  readonly binDirectory?: string;
  /** Added to initdb's arguments: `['--encoding=UTF8', '--locale=C']` unless given. */
  readonly initdbArguments?: readonly string[];
  /** postgresql.conf lines: `{ wal_level: 'logical' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** A copy of this server that follows it by streaming replication; see {@link startStandby}. */
  readonly standbyOf?: PostgresServer;
  /** A copy of this server as it is now, with its slots, that goes its own way: as from a snapshot of its disk. */
  readonly cloneOf?: PostgresServer;
}

/** A real PostgreSQL server of one's own on a free port of 127.0.0.1, gone after `stop()`. */
export interface PostgresServer {
  readonly major: ServerMajor;
  readonly port: number;
  readonly dataDirectory: string;
  readonly password: string;
  /** `postgres://postgres:<password>@127.0.0.1:<port>/<database>` */
  url(database?: string): string;
  /** A connected client of the superuser; closed by `stop()` if the caller does not. */
  connect(database?: string): Promise<pg.Client>;
  /** Runs SQL (several statements allowed) as the superuser in a connection of its own. */
  run(sql: string, database?: string): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const running = new Set<PostgresServer>();
process.once('exit', () => {
  for (const server of running) killNow(server);
});

export async function startPostgres(options: ServerOptions): Promise<PostgresServer> {
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-pg-'));
  chmodSync(directory, 0o755);
  const owner = serverAccount();
  const bin = readableBinaries(options, directory, owner);
  const dataDirectory = join(directory, 'data');
  const password = 'lifeboat-test';
  const environment = { ...process.env, LC_ALL: 'C', ...options.environment };
  if (options.standbyOf) await copyDirectory(options.standbyOf, dataDirectory, { 'standby.signal': '' });
  else if (options.cloneOf) await copyDirectory(options.cloneOf, dataDirectory, {});
  else {
    const { initdbArguments = ['--encoding=UTF8', '--locale=C'] } = options;
    initializeDirectory(dataDirectory, { binDirectory: bin, password, initdbArguments, environment, owner });
  }
  const port = await freePort();
  const settings: Record<string, string> = {
    listen_addresses: "'127.0.0.1'",
    port: String(port),
    unix_socket_directories: "''",
    fsync: 'off',
    max_connections: '60',
    log_min_messages: 'warning',
    ...(options.standbyOf ? { primary_conninfo: conninfoOf(options.standbyOf) } : {}),
    ...options.settings,
  };
  writeFileSync(
    join(dataDirectory, 'postgresql.auto.conf'),
    Object.entries(settings)
      .map(([name, value]) => `${name} = ${value}\n`)
      .join(''),
  );

  const clients = new Set<pg.Client>();
  let child: ReturnType<typeof spawn> | undefined;
  const url = (database = 'postgres') =>
    `postgres://postgres:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;

  async function start(): Promise<void> {
    child = spawn(join(bin, 'postgres'), ['-D', dataDirectory], {
      ...owner,
      cwd: dataDirectory,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: environment,
    });
    let log = '';
    child.stderr?.on('data', (data) => {
      log = (log + data).slice(-8000);
    });
    const deadline = Date.now() + 120_000;
    for (;;) {
      const client = new pg.Client({ connectionString: url(), connectionTimeoutMillis: 30_000 });
      client.on('error', () => {});
      try {
        await client.connect();
        await client.end();
        return;
      } catch (error) {
        if (child.exitCode !== null || Date.now() > deadline) {
          throw new Error(`PostgreSQL ${options.major} did not start: ${(error as Error).message}\n${log}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 40));
      }
    }
  }

  async function halt(signal: NodeJS.Signals): Promise<void> {
    const process = child;
    if (!process || process.exitCode !== null || process.signalCode !== null) return;
    const gone = new Promise((resolve) => process.once('exit', resolve));
    process.kill(signal);
    await gone;
  }

  const server: PostgresServer = {
    major: options.major,
    port,
    dataDirectory,
    password,
    url,
    async connect(database) {
      const client = new pg.Client({ connectionString: url(database) });
      client.on('error', () => {});
      await client.connect();
      clients.add(client);
      return client;
    },
    async run(sql, database) {
      const client = new pg.Client({ connectionString: url(database) });
      client.on('error', () => {});
      await client.connect();
      try {
        await client.query(sql);
      } finally {
        await client.end();
      }
    },
    async restart() {
      await halt('SIGINT');
      await start();
    },
    async stop() {
      await Promise.allSettled([...clients].map((client) => client.end()));
      // At once: a checkpoint of what is thrown away takes minutes where there are a hundred databases.
      await halt('SIGQUIT');
      running.delete(server);
      rmSync(directory, { recursive: true, force: true });
    },
  };
  try {
    await start();
  } catch (error) {
    await halt('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
  running.add(server);
  return server;
}

/** A standby of a running primary (`wal_level` replica or more): read-only, and in recovery for as long as it runs. */
export async function startStandby(primary: PostgresServer): Promise<PostgresServer> {
  return await startPostgres({ major: primary.major, standbyOf: primary });
}

/** What pg_basebackup does, by hand (PostgreSQL manual, "Making a Base Backup Using the Low Level API"). */
async function copyDirectory(
  primary: PostgresServer,
  dataDirectory: string,
  signals: Readonly<Record<string, string>>,
): Promise<void> {
  const client = await primary.connect();
  const start = primary.major >= 15 ? 'pg_backup_start' : 'pg_start_backup';
  await client.query(`SELECT ${start}('standby', true${primary.major >= 15 ? '' : ', false'})`);
  execFileSync('cp', ['-a', primary.dataDirectory, dataDirectory]);
  const stop = primary.major >= 15 ? 'pg_backup_stop()' : 'pg_stop_backup(false)';
  const { rows } = await client.query(`SELECT labelfile FROM ${stop}`);
  // A standby streams the rest of the WAL, a clone must have it.
  if (!('standby.signal' in signals))
    execFileSync('cp', ['-a', `${join(primary.dataDirectory, 'pg_wal')}/.`, join(dataDirectory, 'pg_wal')]);
  await client.end();
  rmSync(join(dataDirectory, 'postmaster.pid'), { force: true });
  const { uid, gid } = statSync(dataDirectory);
  for (const [name, content] of Object.entries({ backup_label: rows[0]?.labelfile, ...signals })) {
    writeFileSync(join(dataDirectory, name), content);
    chownSync(join(dataDirectory, name), uid, gid);
  }
}

/** The directory with `initdb` and `postgres` of an npm-installed major; undefined where the platform has none. */
export function npmBinaries(major: ServerMajor): string | undefined {
  const modules = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'node_modules');
  const bin = join(modules, `postgres-${major}-${process.platform}-${process.arch}`, 'native', 'bin');
  return existsSync(join(bin, 'initdb')) ? bin : undefined;
}

/** Debian's PostgreSQL 15, where it is installed; undefined elsewhere. */
export function debianBinaries(): string | undefined {
  const bin = '/usr/lib/postgresql/15/bin';
  return existsSync(join(bin, 'initdb')) ? bin : undefined;
}

/** PostgreSQL refuses root; there the servers run as `nobody`, elsewhere as whoever we are. */
export function serverAccount(): { uid: number; gid: number } | undefined {
  if (userInfo().uid !== 0) return undefined;
  const number = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: number('-u'), gid: number('-g') };
}

/** The binaries, or a copy of them where the server's account cannot reach the originals (a checkout below /root, say). */
function readableBinaries(
  options: ServerOptions,
  directory: string,
  owner: { uid: number; gid: number } | undefined,
): string {
  const bin = options.binDirectory ?? npmBinaries(options.major);
  if (!bin) throw new Error(`no PostgreSQL ${options.major} for ${process.platform}-${process.arch} on npm`);
  if (!owner || everyoneMayEnter(bin)) return bin;
  const copy = join(directory, 'native');
  cpSync(dirname(bin), copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, 'bin');
}

function everyoneMayEnter(path: string): boolean {
  accessSync(path, constants.R_OK);
  for (let folder = path; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

function conninfoOf({ port, password }: PostgresServer): string {
  return `'host=127.0.0.1 port=${port} user=postgres password=${password}'`;
}

export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** Last resort at our own exit: nothing is left running. */
function killNow(server: PostgresServer): void {
  try {
    const pid = Number(
      execFileSync('head', ['-1', join(server.dataDirectory, 'postmaster.pid')], { encoding: 'utf8' }),
    );
    process.kill(pid, 'SIGQUIT');
  } catch {
    // Gone already.
  }
  rmSync(dirname(server.dataDirectory), { recursive: true, force: true });
}
