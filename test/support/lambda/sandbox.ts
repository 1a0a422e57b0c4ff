import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { keptDirectory } from '../run-directory.ts';

/** The user that functions run as in Lambda. */
const USER = { uid: 993, gid: 990, name: 'sbx_user1051' };

/** Where things are in a function's world. */
export const TASK_ROOT = '/var/task';
export const CLIENT_ROOT = '/var/runtime-client';

export interface SandboxOptions {
  /** The function's code. */
  readonly asset: string;
  /** The folder of the Runtime API's client. */
  readonly client: string;
}

/** A world like that of a function: its user, its code read-only, nothing writable but /tmp, no /dev/shm, no other processes. */
export interface Sandbox {
  /** The host's folder that is its /tmp. */
  readonly temporary: string;
  /** Node in it; what follows are its arguments. */
  readonly command: readonly string[];
  remove(): void;
}

/** Why no sandbox can be had here; undefined where one can. */
export function sandboxMissing(): string | undefined {
  const programs = { bwrap: 'bubblewrap', ...(isRoot() ? { setpriv: 'util-linux' } : {}) };
  for (const [program, debianPackage] of Object.entries(programs)) {
    if (spawnSync('which', [program]).status !== 0) {
      return `${program} is not installed (Debian: ${debianPackage})`;
    }
  }
  const tried = spawnSync('bwrap', [...userNamespace(), '--ro-bind', '/', '/', '--proc', '/proc', 'true'], {
    encoding: 'utf8',
  });
  return tried.status === 0 ? undefined : `bwrap may not make a sandbox here: ${tried.stderr.trim()}`;
}

export function makeSandbox({ asset, client }: SandboxOptions): Sandbox {
  // Not in memory, where what the function writes would count as its own: Lambda's /tmp does not.
  const directory = mkdtempSync(join(keptDirectory(), 'lifeboat-sandbox-'));
  const temporary = mkdtempSync(join(directory, 'tmp-'));
  if (isRoot()) chownSync(temporary, USER.uid, USER.gid);
  const passwd = join(directory, 'passwd');
  writeFileSync(passwd, `${USER.name}:x:${USER.uid}:${USER.gid}::/home/${USER.name}:/sbin/nologin\n`);
  chmodSync(asset, 0o755);
  const node = dirname(realpathSync(process.execPath));
  return {
    temporary,
    command: [
      ...['bwrap', ...userNamespace(), '--unshare-pid', '--unshare-ipc', '--unshare-uts'],
      ...['--die-with-parent', '--new-session'],
      // Parents that bwrap makes by itself are closed to others.
      ...['/etc', '/var', '/var/lang'].flatMap((path) => ['--dir', path]),
      ...SYSTEM.filter((path) => existsSync(path)).flatMap((path) => ['--ro-bind', path, path]),
      ...['--ro-bind', passwd, '/etc/passwd', '--ro-bind', node, '/var/lang/bin'],
      ...['--ro-bind', asset, TASK_ROOT, '--ro-bind', client, CLIENT_ROOT],
      ...['--proc', '/proc', '--bind', temporary, '/tmp'],
      // Not bwrap's own /dev, which comes with a /dev/shm.
      ...['--tmpfs', '/dev', ...DEVICES.flatMap((device) => ['--dev-bind', device, device])],
      ...['--symlink', '/proc/self/fd', '/dev/fd', '--remount-ro', '/dev', '--remount-ro', '/'],
      ...['--chdir', TASK_ROOT, ...asUser(), '/var/lang/bin/node'],
    ],
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

const SYSTEM = ['/usr', '/lib', '/lib64', '/bin', '/etc/resolv.conf', '/etc/hosts'];
const DEVICES = ['/dev/null', '/dev/zero', '/dev/full', '/dev/random', '/dev/urandom'];

/** Root makes the sandbox as root, so that it may lie below a folder that is closed to others; anybody else in a user namespace. */
function userNamespace(): string[] {
  if (!isRoot()) return ['--unshare-user', '--uid', String(USER.uid), '--gid', String(USER.gid)];
  return ['SETUID', 'SETGID', 'SETPCAP'].flatMap((name) => ['--cap-add', `CAP_${name}`]);
}

/** Root becomes the user inside: what that one may not do is the kernel's word, not only the sandbox's. */
function asUser(): string[] {
  if (!isRoot()) return [];
  const ids = [`--reuid=${USER.uid}`, `--regid=${USER.gid}`, '--clear-groups'];
  return ['/usr/bin/setpriv', ...ids, '--inh-caps=-all', '--bounding-set=-all', '--no-new-privs'];
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}
