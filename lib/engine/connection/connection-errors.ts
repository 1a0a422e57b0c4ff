import { LifeboatError, messageOf } from '../ground/errors.ts';
import { hideSecrets } from '../ground/hide-secrets.ts';
import type { ConnectionSettings } from './connection-settings.ts';

interface Diagnosis {
  readonly code: string;
  readonly meaning: string;
  readonly remedy: string;
  /** Whether the same attempt may succeed a few seconds later. */
  readonly transient: boolean;
}

/** Diagnoses by the socket's errno or the server's SQLSTATE (PostgreSQL manual, appendix A). */
const DIAGNOSES: Readonly<Record<string, Diagnosis>> = {
  ENOTFOUND: {
    code: 'source-host-unknown',
    meaning: 'DNS has no address for this host name.',
    remedy: 'Check the spelling of the host in the URL, and the DNS of this machine.',
    transient: false,
  },
  EAI_AGAIN: {
    code: 'source-host-unknown',
    meaning: 'The name server did not answer.',
    remedy: 'Check the DNS of this machine and try again.',
    transient: true,
  },
  ECONNREFUSED: {
    code: 'source-connection-refused',
    meaning: 'Nothing listens at this host and port.',
    remedy: 'Check that the server runs, that the port is right, and that no firewall blocks this machine.',
    transient: true,
  },
  ENETUNREACH: {
    code: 'source-network-unreachable',
    meaning:
      'There is no route to the host. Often the host has only an IPv6 address and this machine has only IPv4.',
    remedy:
      "Use the host's IPv4 address or its pooler in session mode, or run Lifeboat on a machine with IPv6.",
    transient: false,
  },
  EHOSTUNREACH: {
    code: 'source-network-unreachable',
    meaning: 'There is no route to the host.',
    remedy: 'Check the network, VPC and firewall between this machine and the host.',
    transient: true,
  },
  ETIMEDOUT: {
    code: 'source-timeout',
    meaning: 'The host did not answer in time. Often a firewall or a security group drops the packets.',
    remedy: 'Check the host, the port and the allowed addresses of the server.',
    transient: true,
  },
  ECONNRESET: {
    code: 'source-connection-lost',
    meaning: 'The connection was closed by the other side.',
    remedy: 'Try again; if it happens every time, look at the log of the server or its proxy.',
    transient: true,
  },
  '28P01': {
    code: 'source-password-refused',
    meaning: 'The server refused the password for this user.',
    remedy: 'Check user and password; special characters in a URL must be percent-encoded.',
    transient: false,
  },
  '28000': {
    code: 'source-login-refused',
    meaning: 'The server does not let this user connect from here (pg_hba.conf, or a role without LOGIN).',
    remedy:
      "Allow this machine's address for the user, use the TLS mode that the server requires, or grant LOGIN.",
    transient: false,
  },
  '3D000': {
    code: 'source-database-missing',
    meaning: 'The server has no database of this name.',
    remedy: 'Check the last part of the URL; `psql -l` lists the databases.',
    transient: false,
  },
  '42501': {
    code: 'source-connect-not-allowed',
    meaning: 'The role may not connect to this database.',
    remedy: 'GRANT CONNECT ON DATABASE … TO the role.',
    transient: false,
  },
  '53300': {
    code: 'source-connections-exhausted',
    meaning: 'All connection slots of the server are taken.',
    remedy: 'Free connections, raise max_connections, or try again later.',
    transient: true,
  },
  '40001': {
    code: 'source-recovery-conflict',
    meaning: "The standby ended the new session, because it conflicted with replay of the primary's changes.",
    remedy: 'Try again in a moment, or connect to the primary.',
    transient: true,
  },
  '57P03': {
    code: 'source-not-ready',
    meaning: 'The server is starting up, shutting down or recovering.',
    remedy: 'Try again in a moment.',
    transient: true,
  },
};

const TLS_UNTRUSTED = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

export function isServerWithoutTls(error: unknown): boolean {
  return messageOf(error).includes('does not support SSL');
}

/**
 * Turns the failure of a connection attempt into an error with a remedy, and says whether trying again may
 * help.
 */
export function diagnoseConnection(
  error: unknown,
  settings: ConnectionSettings,
): { failure: LifeboatError; transient: boolean } {
  const { code, meaning, remedy, transient } = diagnosisOf(error);
  const pooler = code === 'source-network-unreachable' ? sessionPoolerOf(settings) : undefined;
  const failure = new LifeboatError({
    code,
    kind: 'source',
    what: `Cannot connect to ${settings.display}: ${withoutPassword(messageOf(error), settings)}.`,
    meaning,
    remedy: pooler ?? remedy,
  });
  return { failure, transient };
}

/**
 * A Supabase project's own host has only an IPv6 address. The host name does not say in which region the
 * pooler is.
 */
function sessionPoolerOf({ host }: ConnectionSettings): string | undefined {
  const project = /^db\.([a-z0-9]+)\.supabase\.co$/i.exec(host)?.[1];
  if (project === undefined) return undefined;
  return `Use the session pooler, which has IPv4: aws-<n>-<region>.pooler.supabase.com:5432 with the user postgres.${project}. The project's page "Connect" shows the full address.`;
}

/** Whether the same attempt to connect may succeed a few seconds later: not for a wrong password, for example. */
export function isTransient(error: unknown): boolean {
  return diagnosisOf(error).transient;
}

function diagnosisOf(error: unknown): Diagnosis {
  const code = errorCode(error);
  const known = DIAGNOSES[code];
  if (known) return known;
  const message = messageOf(error);
  if (isServerWithoutTls(error)) {
    return {
      code: 'source-tls-missing',
      meaning: 'The server does not offer TLS, and the connection may not be unencrypted.',
      remedy:
        'Enable TLS on the server. Only on a network that you trust, add ?sslmode=disable to the URL instead.',
      transient: false,
    };
  }
  if (TLS_UNTRUSTED.has(code) || code.startsWith('ERR_TLS')) {
    return {
      code: 'source-tls-untrusted',
      meaning: "The server's certificate could not be verified, so this may not be your server.",
      remedy:
        "Download the host's CA certificate and add ?sslrootcert=<file> to the URL; ?sslmode=require encrypts without verifying.",
      transient: false,
    };
  }
  if (/password must be a string|no password/i.test(message)) {
    return {
      code: 'source-password-missing',
      meaning: 'The server asks for a password, but none was given.',
      remedy: 'Put the password into the URL, PGPASSWORD or ~/.pgpass.',
      transient: false,
    };
  }
  // pg reports this for any answer to its TLS request other than yes and no.
  if (/error establishing an SSL connection/i.test(message)) {
    return {
      code: 'source-not-postgresql',
      meaning: 'The server at this host and port is not a PostgreSQL server.',
      remedy: 'Check host and port; the usual port is 5432.',
      transient: false,
    };
  }
  if (/timeout/i.test(message)) return DIAGNOSES.ETIMEDOUT as Diagnosis;
  if (/terminated|closed|ended/i.test(message)) return DIAGNOSES.ECONNRESET as Diagnosis;
  return {
    code: 'source-unreachable',
    meaning: 'The server could not be reached or refused the connection.',
    remedy: 'Check host, port, user and network.',
    transient: false,
  };
}

function errorCode(error: unknown): string {
  if (error instanceof AggregateError) return errorCode(error.errors[0]);
  if (error && typeof error === 'object' && 'code' in error) return String(error.code);
  return '';
}

/** Hides the password, unless `display` contains the same word: what the URL shows is not secret. */
function withoutPassword(text: string, { password, display }: ConnectionSettings): string {
  const isShown = password !== undefined && display.includes(password);
  return hideSecrets(text.replace(/\.+$/, ''), password && !isShown ? [password] : []);
}
