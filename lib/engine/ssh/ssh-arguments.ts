import { isIPv6 } from 'node:net';
import { LifeboatError } from '../ground/errors.ts';
import type { SshDestination } from './ssh-destination.ts';

export interface SshForward {
  readonly destination: SshDestination;
  /** Socket on this machine, at which ssh listens. */
  readonly socketPath: string;
  /** The database's host as the destination reaches it, or the directory of its Unix socket there. */
  readonly host: string;
  readonly port: number;
  /** Whether ssh may ask a person, who sits at the terminal, for a password or about a host key. */
  readonly mayAsk: boolean;
}

/**
 * ssh's own arguments for one forward and nothing else (manual ssh(1), ssh_config(5)). ~/.ssh/config holds for
 * everything that is not set here: keys, jump hosts, proxies.
 */
export function sshArguments({ destination, socketPath, host, port, mayAsk }: SshForward): string[] {
  const options = {
    // With `no`, ssh stays and every connection fails: a person would look for the fault at the server.
    ExitOnForwardFailure: 'yes',
    // A network that dies silently is noticed after 45 s. A busy line alone is no reason: replies count.
    ServerAliveInterval: '15',
    ServerAliveCountMax: '3',
    ConnectTimeout: '15',
    // Another ssh, which this command did not start, would hold the forward, and keep it.
    ControlMaster: 'no',
    ControlPath: 'none',
    PermitLocalCommand: 'no',
    StreamLocalBindMask: '0177',
    // What ssh says is the only way to know what went wrong.
    LogLevel: 'INFO',
    ...(mayAsk ? {} : { BatchMode: 'yes' }),
  };
  return [
    ...['-N', '-T', '-x', '-a'],
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...['-L', `${socketPath}:${remoteEnd(host, port)}`],
    ...(destination.port === undefined ? [] : ['-p', String(destination.port)]),
    ...(destination.user === undefined ? [] : ['-l', destination.user]),
    '--',
    destination.host,
  ];
}

function remoteEnd(host: string, port: number): string {
  // libpq: a host that begins with / is the directory of a Unix socket.
  if (/^\/[\w./-]*$/.test(host)) return `${host.replace(/\/+$/, '')}/.s.PGSQL.${port}`;
  if (isIPv6(host)) return `[${host}]:${port}`;
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(host)) return `${host}:${port}`;
  throw new LifeboatError({
    code: 'source-ssh-host-unsuitable',
    kind: 'usage',
    what: `ssh cannot forward a connection to the host ${JSON.stringify(host)}.`,
    remedy:
      "Name the database's host by a DNS name, an IP address, or the directory of its socket on the bastion.",
  });
}
