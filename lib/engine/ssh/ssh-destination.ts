import { isIPv6 } from 'node:net';
import { LifeboatError } from '../ground/errors.ts';

/** The machine that ssh logs in to. A host may be an alias of ~/.ssh/config. */
export interface SshDestination {
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
  /** As people write it: `ops@bastion.example.com:2222`. */
  readonly name: string;
}

/** Neither may begin with `-`: ssh would read an option, and `-oProxyCommand=…` runs any program. */
const USER = /^[A-Za-z0-9_.][\w.+\\@-]*$/;
const HOST = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;

/** Reads `[user@]host[:port]`. Throws `ssh-destination-invalid`. */
export function sshDestination(text: string): SshDestination {
  const at = text.lastIndexOf('@');
  const user = at < 0 ? undefined : text.slice(0, at);
  const [, bracketed, plain, digits] =
    /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text.slice(at + 1)) ?? [];
  const host = bracketed ?? plain ?? '';
  if (text.startsWith('-')) throw invalid(text, 'it begins with -, so ssh would take it for an option');
  if (user !== undefined && !USER.test(user)) throw invalid(text, 'its user is not a name');
  if (!(bracketed === undefined ? HOST.test(host) : isIPv6(host))) {
    throw invalid(
      text,
      isIPv6(text.slice(at + 1)) ? 'an IPv6 address needs brackets' : 'its host is not a name',
    );
  }
  const port = digits === undefined ? undefined : Number(digits);
  if (port !== undefined && (port < 1 || port > 65535)) throw invalid(text, 'its port is not a port number');
  return {
    host,
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port }),
    name: text,
  };
}

function invalid(text: string, why: string): LifeboatError {
  // What looks like a URL of a database may hold a password.
  const shown = text.includes('://') ? 'that is given' : JSON.stringify(text.slice(0, 100));
  return new LifeboatError({
    code: 'ssh-destination-invalid',
    kind: 'usage',
    what: `The ssh destination ${shown} cannot be used: ${why}.`,
    remedy:
      'Write it as user@host, user@host:port or user@[IPv6 address]:port, or name a Host of ~/.ssh/config. Other settings of ssh belong into ~/.ssh/config.',
  });
}
