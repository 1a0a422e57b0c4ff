import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LifeboatError } from '../ground/errors.ts';
import { sshArguments } from './ssh-arguments.ts';
import type { SshDestination } from './ssh-destination.ts';
import {
  type ForwardFailure,
  forwardFailure,
  type SshEnd,
  sshEnded,
  sshLoginFailure,
  sshTooSlow,
} from './ssh-failure.ts';

export interface TunnelRequest {
  readonly destination: SshDestination;
  /** The database's host as the destination reaches it, or the directory of its Unix socket there. */
  readonly host: string;
  readonly port: number;
  /** Whether ssh may ask a person at the terminal. It asks by itself, and waits as long as the person takes. */
  readonly mayAsk: boolean;
  /** The environment of ssh: PATH, HOME, SSH_AUTH_SOCK, and what its proxy needs. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  /** Longest wait for the login if nobody can be asked, in milliseconds. @default 1 minute */
  readonly longestLoginMs?: number;
}

/** A running ssh that listens at a socket only this user can open, and passes on what comes there. */
export interface Tunnel {
  readonly socketPath: string;
  /** Why a connection through it failed: ssh ended, or the bastion refused; undefined if neither is known. */
  explain(display: string): Promise<ForwardFailure | undefined>;
  /**
   * The error if ssh has ended by itself; undefined while it runs. `isExpected`: a connection is lost, so
   * ssh gets a moment to end.
   */
  endedEarly(cause: unknown, options: { readonly isExpected: boolean }): Promise<LifeboatError | undefined>;
  /** Ends ssh and removes the socket. */
  close(): Promise<void>;
}

/**
 * Starts ssh, and ends it when its standard input ends: that is when the command ends in whatever way, even
 * by SIGKILL. ssh -N itself reads no input and would stay. Ctrl-C, which a terminal sends to all processes,
 * is left to the command, which needs the connection to clean up. The text is constant: what users give
 * comes as arguments, of which the shell makes no words. It says nothing itself: nobody may be left to hear it,
 * and a broken pipe would end it before it has cleaned up.
 */
const GUARD = `trap '' HUP INT PIPE
directory=$1
shift
command -v "$1" >/dev/null || { rm -rf -- "$directory"; exit 127; }
exec 3<&0
"$@" </dev/null 3<&- &
ssh=$!
exec 2>/dev/null
{ read -r nothing <&3; kill "$ssh"; } &
guard=$!
wait "$ssh"
code=$?
kill "$guard"
rm -rf -- "$directory"
exit "$code"`;

/** Variables that hold secrets which neither ssh nor a proxy of it needs. */
const SECRET = /^(?:PGPASSWORD|LIFEBOAT_(?:SOURCE_URL|TARGET_URL|AGE_IDENTITY))$/;
const LONGEST_LOGIN_MS = 60_000;
/** ssh tells of a refused forward, or ends, a moment before or after the connection does. */
const LAST_WORDS_MS = 2000;
const LOOK_AGAIN_MS = 20;
const FAREWELL_MS = 5000;
/** Linux allows 107 bytes for a socket's path, macOS 103. */
const LONGEST_DIRECTORY = 80;

/** Starts ssh and resolves when connections can be made. Throws `source-ssh-…`. The caller must close it. */
export async function openTunnel(request: TunnelRequest): Promise<Tunnel> {
  const { destination, mayAsk, signal, longestLoginMs = LONGEST_LOGIN_MS } = request;
  signal?.throwIfAborted();
  if (process.platform === 'win32') throw noSockets();
  const directory = mkdtempSync(join(directoryForSockets(), 'lifeboat-ssh-'));
  const socketPath = join(directory, 'db');
  const ssh = startSsh(request, directory, socketPath);
  const close = async () => {
    await ssh.end();
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const deadline = mayAsk ? Number.POSITIVE_INFINITY : performance.now() + longestLoginMs;
    while (!existsSync(socketPath)) {
      signal?.throwIfAborted();
      if (ssh.hasEnded()) throw sshLoginFailure(await ssh.ended);
      if (performance.now() > deadline) throw sshTooSlow(destination, longestLoginMs / 1000);
      await Promise.race([ssh.ended, delay(LOOK_AGAIN_MS)]);
    }
  } catch (error) {
    await close();
    throw error;
  }
  let heard = ssh.said().length;
  return {
    socketPath,
    close,
    async explain(display) {
      const unheard = () => forwardFailure(ssh.said().slice(heard), destination.name, display);
      await until(() => ssh.hasEnded() || unheard() !== undefined);
      const refused = unheard();
      heard = ssh.said().length;
      if (refused) return refused;
      return ssh.hasEnded() ? { failure: sshEnded(await ssh.ended), transient: false } : undefined;
    },
    async endedEarly(cause, { isExpected }) {
      if (isExpected) await until(ssh.hasEnded);
      return ssh.hasEnded() ? sshEnded(await ssh.ended, cause) : undefined;
    },
  };
}

interface RunningSsh {
  readonly ended: Promise<SshEnd>;
  hasEnded(): boolean;
  said(): string;
  end(): Promise<void>;
}

function startSsh(request: TunnelRequest, directory: string, socketPath: string): RunningSsh {
  const { destination, environment } = request;
  const args = sshArguments({ ...request, socketPath });
  const child = spawn('/bin/sh', ['-c', GUARD, 'lifeboat-ssh', directory, 'ssh', ...args], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: {
      ...Object.fromEntries(Object.entries(environment).filter(([name]) => !SECRET.test(name))),
      // Its words are looked at.
      LC_ALL: 'C',
    },
  });
  let said = '';
  let end: SshEnd | undefined;
  child.stdin.on('error', () => {});
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-20_000);
  });
  const ended = new Promise<SshEnd>((resolve) => {
    const settle = (exitCode: number | null) => {
      end ??= { destination, said, exitCode };
      resolve(end);
    };
    child.once('error', () => settle(null));
    child.once('close', settle);
  });
  return {
    ended,
    hasEnded: () => end !== undefined,
    said: () => said,
    async end() {
      child.stdin.end();
      // A proxy of ssh that does not end must not keep the command.
      await Promise.race([ended, delay(FAREWELL_MS, undefined, { ref: false })]);
    },
  };
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + LAST_WORDS_MS;
  while (!condition() && performance.now() < deadline) await delay(LOOK_AGAIN_MS);
}

/** ssh splits the forward at colons, and replaces `%` and `$` in a path. */
function directoryForSockets(): string {
  const usual = tmpdir();
  return /^[\w./-]+$/.test(usual) && usual.length <= LONGEST_DIRECTORY ? usual : '/tmp';
}

function noSockets(): LifeboatError {
  return new LifeboatError({
    code: 'ssh-unsupported',
    kind: 'usage',
    what: '--ssh does not work on Windows.',
    meaning: 'Its ssh cannot listen at a socket that only you can open.',
    remedy: 'Run Lifeboat in WSL, or forward a port by hand and name it with hostaddr: docs/bastion.md.',
  });
}
