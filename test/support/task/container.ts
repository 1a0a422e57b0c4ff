import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { processTree } from '../lambda/resource-limit.ts';
import { keptDirectory } from '../run-directory.ts';

/** What of a container's definition a sandbox needs (Amazon ECS API Reference, ContainerDefinition). */
export interface ContainerDefinition {
  readonly Name: string;
  readonly User: string;
  readonly EntryPoint: readonly string[];
  readonly Command: readonly string[];
  readonly Environment?: ReadonlyArray<{ readonly Name: string; readonly Value: string }>;
  readonly MountPoints: ReadonlyArray<{
    readonly SourceVolume: string;
    readonly ContainerPath: string;
    readonly ReadOnly: boolean;
  }>;
  readonly HealthCheck?: { readonly Command: readonly string[] };
  readonly Essential: boolean;
}

/** The user that the servers of the tests run as has a name in every image of PostgreSQL. */
const USERS: Readonly<Record<string, string>> = { postgres: '65534:65534' };

export interface ContainerWorld {
  /** Each container's folder with PostgreSQL's programs, in place of its image; undefined for none. */
  readonly binaries?: string;
  /** In addition to the definition's, as overrides have them. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface Container {
  readonly child: ChildProcess;
  /** The code that it ended with; 128 and the signal, as a container has it. */
  readonly exitCode: Promise<number>;
  log(): string;
}

/** The volumes of one task: folders of this machine. Those of Fargate belong to root. */
export class TaskVolumes {
  // Not in memory, where what a task writes would count as its own: Fargate's disk does not.
  readonly directory = mkdtempSync(join(keptDirectory(), 'lifeboat-task-'));

  constructor() {
    chmodSync(this.directory, 0o755);
  }

  path(name: string): string {
    const path = join(this.directory, name);
    mkdirSync(path, { recursive: true, mode: 0o755 });
    return path;
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

const SYSTEM = ['/usr', '/lib', '/lib64', '/bin', '/etc/resolv.conf', '/etc/hosts'];
const DEVICES = ['/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom'];
const POSTGRES = '/opt/postgresql';
/** As Docker gives each container. */
const SHARED_MEMORY_BYTES = 64 * 1024 * 1024;

/**
 * Runs a container as its definition says: its user without any capability, a root that nobody can write to, nothing
 * writable but its volumes, 64 MB of /dev/shm, the network of the task. It shares no processes and no shared memory with
 * other containers. Only root can do that.
 */
export function runContainer(
  { User, EntryPoint, Command, Environment = [], MountPoints }: ContainerDefinition,
  volumes: TaskVolumes,
  { binaries, variables = {} }: ContainerWorld,
): Container {
  const [uid, gid] = (USERS[User] ?? User).split(':');
  const passwd = join(volumes.directory, 'passwd');
  writeFileSync(passwd, 'root:x:0:0::/:/bin/sh\npostgres:x:65534:65534::/:/bin/sh\n');
  const node = dirname(realpathSync(process.execPath));
  const mounts = MountPoints.flatMap(({ SourceVolume, ContainerPath, ReadOnly }) => [
    ReadOnly ? '--ro-bind' : '--bind',
    volumes.path(SourceVolume),
    ContainerPath,
  ]);
  const [program = '', ...args] = [
    ...['bwrap', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--die-with-parent', '--new-session'],
    ...['SETUID', 'SETGID', 'SETPCAP'].flatMap((name) => ['--cap-add', `CAP_${name}`]),
    ...['/etc', '/var', '/drill', '/opt'].flatMap((path) => ['--dir', path]),
    ...SYSTEM.filter((path) => existsSync(path)).flatMap((path) => ['--ro-bind', path, path]),
    ...['--ro-bind', passwd, '/etc/passwd', '--ro-bind', node, '/opt/node'],
    ...(binaries === undefined ? [] : ['--ro-bind', dirname(binaries), POSTGRES]),
    ...['--proc', '/proc', '--tmpfs', '/dev', ...DEVICES.flatMap((one) => ['--dev-bind', one, one])],
    ...['--size', String(SHARED_MEMORY_BYTES), '--perms', '1777', '--tmpfs', '/dev/shm'],
    ...['--symlink', '/proc/self/fd', '/dev/fd', ...mounts, '--remount-ro', '/'],
    ...['/usr/bin/setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'],
    ...['--inh-caps=-all', '--bounding-set=-all', '--no-new-privs'],
    ...EntryPoint,
    ...Command,
  ];
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      // As the runtime of containers sets it for a user without a name.
      HOME: '/',
      PATH: `${POSTGRES}/bin:/opt/node:/usr/local/bin:/usr/bin:/bin`,
      ...Object.fromEntries(Environment.map(({ Name, Value }) => [Name, Value])),
      ...variables,
    },
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (data) => {
      log += data;
    });
  }
  const exitCode = new Promise<number>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? (signal === 'SIGKILL' ? 137 : 143))),
  );
  return { child, exitCode, log: () => log };
}

/** The first process below a container whose program has this name: signals go to it, as ECS sends them. */
export function processOf({ child }: Container, program: string): number | undefined {
  return processTree(child.pid ?? 0).find((pid) => nameOf(pid) === program);
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0]?.split('/').at(-1) ?? '';
  } catch {
    return '';
  }
}
