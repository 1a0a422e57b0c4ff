import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort, serverAccount } from './postgres-server.ts';

const SSHD = '/usr/sbin/sshd';

/** Whether {@link startSshServer} can work here. Where OpenSSH's server is missing, that is said. */
export function canStartSshServer(): boolean {
  if (existsSync(SSHD) && spawnSync('ssh', ['-V']).status === 0) return true;
  console.warn('SKIPPED: tests of --ssh need openssh-server and openssh-client, which are not installed.');
  return false;
}

/** A real sshd on a free port of 127.0.0.1, with keys of its own, and a PATH whose ssh knows them. */
export interface SshServer {
  /**
   * A PATH for Lifeboat. Its `ssh` is the system's own, with a configuration of the test instead of that of whoever runs it:
   * `bastion` is this server and may forward; `strict` may log in and not forward; `stranger` has a key that nobody knows;
   * `unknown` is a host that was never met; `changed` has another host key; `shut` is a port where nothing listens.
   */
  readonly path: string;
  /** The processes that this PATH's ssh has been, the newest last. */
  started(): number[];
  stop(): Promise<void>;
}

export async function startSshServer(): Promise<SshServer> {
  const directory = mkdtempSync(join(tmpdir(), 'lifeboat-sshd-'));
  chmodSync(directory, 0o755);
  const account = serverAccount();
  const user = account ? 'nobody' : userInfo().username;
  const [port, shut] = [await freePort(), await freePort()];
  const file = (name: string, text?: string) => {
    const path = join(directory, name);
    if (text !== undefined) writeFileSync(path, text);
    return path;
  };
  const keys = Object.fromEntries(
    ['host', 'other-host', 'good', 'strict', 'stranger'].map((name) => {
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file(name)]);
      return [name, readFileSync(file(`${name}.pub`), 'utf8').trim()];
    }),
  );
  // sshd reads its own key as the account that it runs under.
  if (account) chownSync(file('host'), account.uid, account.gid);
  file('authorized_keys', `${keys.good}\nno-port-forwarding ${keys.strict}\n`);
  // With PAM, because sshd takes an account without a password for a locked one otherwise, if it may not read /etc/shadow.
  file(
    'sshd_config',
    `Port ${port}
ListenAddress 127.0.0.1
HostKey ${file('host')}
AuthorizedKeysFile ${file('authorized_keys')}
StrictModes no
UsePAM yes
PasswordAuthentication no
KbdInteractiveAuthentication no
PidFile none
`,
  );
  file('known', `[127.0.0.1]:${port} ${keys.host}\n`);
  file('changed', `[127.0.0.1]:${port} ${keys['other-host']}\n`);
  file('nobody-known', '');
  file(
    'ssh_config',
    `Host stranger
  IdentityFile ${file('stranger')}
Host strict
  IdentityFile ${file('strict')}
Host unknown
  UserKnownHostsFile ${file('nobody-known')}
Host changed
  UserKnownHostsFile ${file('changed')}
Host shut
  Port ${shut}
Host bastion
  IdentityFile ${file('good')}
Host *
  HostName 127.0.0.1
  Port ${port}
  User ${user}
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile ${file('known')}
  GlobalKnownHostsFile none
`,
  );
  mkdirSync(file('bin'));
  const ssh = execFileSync('sh', ['-c', 'command -v ssh'], { encoding: 'utf8' }).trim();
  file('bin/ssh', `#!/bin/sh\necho $$ >>${file('started')}\nexec ${ssh} -F ${file('ssh_config')} "$@"\n`);
  chmodSync(file('bin/ssh'), 0o755);

  const child = spawn(SSHD, ['-D', '-e', '-f', file('sshd_config')], {
    ...account,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const atExit = () => child.kill();
  process.once('exit', atExit);
  await listening(child);
  return {
    path: `${file('bin')}:${process.env.PATH ?? ''}`,
    started: () =>
      existsSync(file('started')) ? readFileSync(file('started'), 'utf8').trim().split('\n').map(Number) : [],
    async stop() {
      const gone = new Promise((resolve) => child.once('close', resolve));
      child.kill();
      await gone;
      process.off('exit', atExit);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function listening(child: ChildProcess): Promise<void> {
  let log = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (text) => {
      log += text;
      if (log.includes('Server listening')) resolve();
    });
    child.once('error', reject);
    child.once('close', (code) => reject(new Error(`sshd ended with ${code}: ${log}`)));
  });
}
