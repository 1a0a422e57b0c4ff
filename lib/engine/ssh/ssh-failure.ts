import { LifeboatError } from '../ground/errors.ts';
import { spellOutControls } from '../ground/shell.ts';
import type { SshDestination } from './ssh-destination.ts';

/** A shell's exit code for a program that it does not find. */
const NOT_FOUND = 127;

interface SshDiagnosis {
  readonly words: RegExp;
  readonly code: string;
  readonly meaning: string;
  /** `login`: the arguments of ssh, to do it by hand. */
  readonly remedy: (login: string) => string;
}

/** What ssh says when it cannot log in, as OpenSSH 7 to 10 word it. The first that fits counts. */
const LOGIN_FAILURES: readonly SshDiagnosis[] = [
  {
    words: /REMOTE HOST IDENTIFICATION HAS CHANGED|host key .* has changed/i,
    code: 'source-ssh-host-key-changed',
    meaning:
      'The bastion has another host key than the one that this machine knows: it was set up anew, or somebody pretends to be it.',
    remedy: (login) =>
      `Ask who runs the bastion. Only if the new key is right, remove the old one with \`ssh-keygen -R\`, and log in once by hand: \`ssh ${login}\`.`,
  },
  {
    words: /Host key verification failed|No \S+ host key is known/i,
    code: 'source-ssh-host-key-unknown',
    meaning:
      "This machine does not know the bastion's host key, and nobody could be asked whether it is right.",
    remedy: (login) =>
      `Log in once by hand, as the same user, and compare the fingerprint: \`ssh ${login}\`. In a pipeline, put the bastion's line into ~/.ssh/known_hosts; do not switch the check off.`,
  },
  {
    words: /Permission denied|Too many authentication failures|UNPROTECTED PRIVATE KEY/i,
    code: 'source-ssh-permission-denied',
    meaning:
      'The bastion accepted none of the keys that ssh offered. Without a terminal, ssh cannot ask for a password.',
    remedy: () =>
      'Check the user, and load the key into ssh-agent (`ssh-add -l` lists it) or name it as IdentityFile in ~/.ssh/config; its file must be readable by you alone.',
  },
  {
    words: /Could not resolve hostname/i,
    code: 'source-ssh-host-unknown',
    meaning: 'DNS has no address for the bastion, and ~/.ssh/config has no Host of that name.',
    remedy: () => 'Check its spelling, and the DNS of this machine.',
  },
  {
    words: /connect to host .* (?:Connection refused|timed out|No route to host|Network is unreachable)/i,
    code: 'source-ssh-unreachable',
    meaning: 'Nothing answers at the host and port of the bastion.',
    remedy: () =>
      'Check that it runs, its port (user@host:port), and the firewall or security group between here and there.',
  },
  {
    words: /bad configuration option|unsupported option|keyword .* extra arguments|Bad owner or permissions/i,
    code: 'source-ssh-config-invalid',
    meaning: 'ssh does not accept its configuration.',
    remedy: () => 'Mend what it names in ~/.ssh/config.',
  },
  {
    words: /unix_listener|cannot listen|Could not request local forwarding|Address already in use/i,
    code: 'source-ssh-forward-failed',
    meaning:
      'ssh logged in, but could not listen on this machine. A LocalForward in ~/.ssh/config may be in use already.',
    remedy: () => 'End the other ssh, or name the bastion by a Host that has no LocalForward.',
  },
];

export interface SshEnd {
  readonly destination: SshDestination;
  /** Everything that ssh wrote to stderr. */
  readonly said: string;
  readonly exitCode: number | null;
}

/** The error for an ssh that ended before it forwarded anything. */
export function sshLoginFailure({ destination, said, exitCode }: SshEnd): LifeboatError {
  const { name } = destination;
  const login = loginByHand(destination);
  if (exitCode === NOT_FOUND) {
    return sshError({
      code: 'source-ssh-missing',
      what: 'The program ssh is not installed, or not in PATH.',
      meaning: '--ssh uses the OpenSSH client of this machine.',
      remedy: 'Install it (Debian: openssh-client), or forward a port in another way: docs/bastion.md.',
    });
  }
  const known = LOGIN_FAILURES.find(({ words }) => words.test(said));
  return sshError({
    code: known?.code ?? 'source-ssh-failed',
    what: `ssh cannot log in to ${name}: ${wordsOf(said) || `it ended with code ${exitCode}`}.`,
    meaning: known?.meaning ?? 'Without it, the database cannot be reached.',
    remedy: known?.remedy(login) ?? `Find out by hand what is wrong: \`ssh -v ${login}\`.`,
  });
}

/** The error for an ssh that did not get ready in time. */
export function sshTooSlow(destination: SshDestination, seconds: number): LifeboatError {
  return sshError({
    code: 'source-ssh-too-slow',
    what: `ssh did not finish logging in to ${destination.name} within ${seconds} seconds.`,
    meaning: 'The bastion waits for something, such as a second factor, that nobody can give here.',
    remedy: `Find out by hand what it waits for: \`ssh -v ${loginByHand(destination)}\`. Give this machine a key that suffices.`,
  });
}

/** The error for an ssh that ended while the command used it. */
export function sshEnded({ destination: { name }, said, exitCode }: SshEnd, cause?: unknown): LifeboatError {
  return sshError({
    code: 'source-ssh-ended',
    what: `The ssh connection to ${name} ended in the middle of the work: ${wordsOf(said) || `ssh ended with code ${exitCode}`}.`,
    meaning: [
      'All connections to the database went through it, and ended with it.',
      ...(cause instanceof LifeboatError && cause.meaning ? [cause.meaning] : []),
    ].join(' '),
    remedy:
      'Check the network and the bastion (its log, ClientAliveInterval, a limit on session length), and run the command again.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** A forward that the bastion refuses, or that leads nowhere. */
export interface ForwardFailure {
  readonly failure: LifeboatError;
  /** Whether the same attempt may succeed a few seconds later. */
  readonly transient: boolean;
}

interface ForwardDiagnosis {
  readonly words: RegExp;
  readonly code: string;
  readonly meaning: string;
  readonly remedy: string;
  readonly transient: boolean;
}

/** What a bastion answers to a connection that it should pass on: RFC 4254, 5.1, and the words of its system. */
const FORWARD_FAILURES: readonly ForwardDiagnosis[] = [
  {
    words: /administratively prohibited|open failed: open failed|unknown channel type/i,
    code: 'source-ssh-forward-refused',
    meaning: "The bastion's sshd does not allow this forward.",
    remedy:
      'Have AllowTcpForwarding (yes or local) and PermitOpen in its sshd_config allow the host and port of the database, and check that your key has no option no-port-forwarding or permitopen.',
    transient: false,
  },
  {
    words: /Name or service not known|nodename nor servname|No address associated|Name does not resolve/i,
    code: 'source-host-unknown',
    meaning: 'The DNS of the bastion has no address for this host name.',
    remedy:
      'Check the host in the URL: it must be the name that the bastion knows, such as localhost for its own server.',
    transient: false,
  },
  {
    words: /Temporary failure in name resolution/i,
    code: 'source-host-unknown',
    meaning: 'The name server of the bastion did not answer.',
    remedy: 'Check the host in the URL and the DNS of the bastion, and try again.',
    transient: true,
  },
  {
    words: /Connection refused/i,
    code: 'source-connection-refused',
    meaning: 'Seen from the bastion, nothing listens at this host and port.',
    remedy: 'Check that the server runs, that the port is right, and that no firewall blocks the bastion.',
    transient: true,
  },
  {
    words: /No route to host|Network is unreachable/i,
    code: 'source-network-unreachable',
    meaning: 'The bastion has no route to the host.',
    remedy: 'Check the network, VPC and firewall between the bastion and the host.',
    transient: true,
  },
  {
    words: /timed out/i,
    code: 'source-timeout',
    meaning: 'The host did not answer the bastion in time. Often a security group drops the packets.',
    remedy: 'Allow the bastion in the security group or firewall of the database.',
    transient: true,
  },
];

/** Why a connection through the forward failed, by the lines that ssh has said of it; undefined if none is. */
export function forwardFailure(said: string, name: string, display: string): ForwardFailure | undefined {
  const words = said.match(/^channel \d+: open failed: .*$/gim)?.at(-1);
  if (words === undefined) return undefined;
  const why = words.replace(/^channel \d+: open failed: /i, '');
  const known = FORWARD_FAILURES.find((one) => one.words.test(words));
  const failure = sshError({
    code: known?.code ?? 'source-ssh-forward-refused',
    what: `Cannot connect to ${display}: ${name} says "${wordsOf(why)}".`,
    meaning: known?.meaning ?? 'The bastion could not pass on the connection.',
    remedy: known?.remedy ?? 'Check the host and port in the URL, as the bastion sees them, and its log.',
  });
  return { failure, transient: known?.transient ?? false };
}

/** ssh takes a port as an option of its own. */
function loginByHand({ name, host, user, port }: SshDestination): string {
  if (port === undefined) return name;
  return `-p ${port} ${user === undefined ? '' : `${user}@`}${host}`;
}

function sshError(description: {
  code: string;
  what: string;
  meaning: string;
  remedy: string;
  cause?: unknown;
}): LifeboatError {
  return new LifeboatError({ ...description, kind: 'source' });
}

/** ssh's last words, on one line: banners and warnings come before them, and may be long. */
function wordsOf(said: string): string {
  const lines = said
    .split(/\r?\n/)
    .map((line) => spellOutControls(line.replace(/^ssh: /, '').trim()))
    .filter((line) => line !== '' && !/^(?:@+|Warning: Permanently added)/.test(line));
  return lines.slice(-2).join('; ').slice(-300).replace(/\.+$/, '');
}
