import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import { LifeboatError } from '../ground/errors.ts';
import type { Tunnel } from '../ssh/open-tunnel.ts';
import type { SshDestination } from '../ssh/ssh-destination.ts';
import { type ConnectionParts, invalidUrl, partsOfUrl } from './connection-url.ts';

/** libpq's TLS modes (PostgreSQL manual, "SSL Support", sslmode). */
export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';
const SSL_MODES: readonly string[] = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];
const CHANNEL_BINDINGS: readonly string[] = ['disable', 'prefer', 'require'];

/** Everything needed to connect to one database. It holds a password: never log it, use `display`. */
export interface ConnectionSettings {
  /** The server's name: certificate, password file and hosting provider go by it. */
  readonly host: string;
  /** libpq's `hostaddr`: the IP address to connect to. @default what DNS says of the host */
  readonly hostAddress?: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** If absent, ~/.pgpass is read, or the authentication method needs no password. */
  readonly password?: string;
  readonly sslMode: SslMode;
  /** Options of node:tls for an encrypted connection; the mode decides whether one is tried. */
  readonly tls: ConnectionOptions;
  /** `require`: refuse a server that does not prove, during authentication, that it knows the password. */
  readonly channelBinding?: 'require';
  /** Settings at the start of the session, from libpq's `options` or PGOPTIONS: `-c role=backup`. */
  readonly options?: string;
  /** The machine through which the server is reached. @default none: directly */
  readonly ssh?: SshDestination;
  /** The running ssh to that machine. Connections are made through it, and not to the host itself. */
  readonly tunnel?: Tunnel;
  /** `user@host:port/database`, safe to print. It also tells of an address or a machine in between. */
  readonly display: string;
}

/** The environment, passed in by the caller. Only some of libpq's variables are read from it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `postgres://user:password@host:port/database?sslmode=…`. Parts that the URL leaves out come from
 * libpq's environment variables. Throws `source-url-invalid`, without repeating the URL, because it holds a
 * password.
 *
 * If neither names an sslmode, a server on this machine is reached as libpq would (`prefer`). Any other
 * server needs TLS and a certificate that verifies, so that a forgotten parameter cannot send a password
 * unencrypted.
 */
export function connectionSettings(url: string, environment: Environment = {}): ConnectionSettings {
  const parts = partsOfUrl(url);
  if (!(parts.host && parts.user && parts.database)) refuseService(environment);
  return assemble(parts, environment);
}

/**
 * The settings that PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD and PGSSL… describe; undefined without
 * PGHOST.
 */
export function settingsFromEnvironment(environment: Environment): ConnectionSettings | undefined {
  refuseService(environment);
  return environment.PGHOST ? assemble({}, environment) : undefined;
}

/**
 * libpq's variables that Lifeboat does not support, and that would lead to another connection or to a safer
 * one.
 */
const REFUSED_VARIABLES: Readonly<Record<string, readonly string[]>> = {
  PGREQUIREAUTH: [],
  PGREQUIREPEER: [],
  PGSSLCRL: [],
  PGSSLCRLDIR: [],
  PGSSLMINPROTOCOLVERSION: ['TLSv1', 'TLSv1.1', 'TLSv1.2'],
  PGSSLNEGOTIATION: ['postgres'],
  PGGSSENCMODE: ['disable', 'prefer'],
  PGTARGETSESSIONATTRS: ['any'],
};

function refuseVariables(environment: Environment): void {
  for (const [name, harmless] of Object.entries(REFUSED_VARIABLES)) {
    const value = environment[name];
    if (value && !harmless.includes(value)) throw variableRefused(name);
  }
}

/**
 * A service may name another host and database than the other variables, and psql would connect to that one.
 */
function refuseService(environment: Environment): void {
  if (environment.PGSERVICE) throw variableRefused('PGSERVICE');
}

function variableRefused(name: string): LifeboatError {
  return new LifeboatError({
    code: 'source-variable-unsupported',
    kind: 'usage',
    what: `${name} is set, but Lifeboat does not support it.`,
    meaning: 'psql would use it, so Lifeboat could connect to another database than you mean.',
    remedy: `Unset ${name}, and name host, user and database in a URL.`,
  });
}

function assemble(given: ConnectionParts, environment: Environment): ConnectionSettings {
  refuseVariables(environment);
  const hostAddress = given.hostAddress ?? (environment.PGHOSTADDR || undefined);
  if (hostAddress !== undefined && !isIP(hostAddress)) throw invalidUrl('its hostaddr is not an IP address');
  const host = given.host ?? environment.PGHOST ?? hostAddress ?? 'localhost';
  if (host.includes(',')) throw invalidUrl('it names several hosts; name the one to connect to');
  const port = Number(given.port ?? environment.PGPORT ?? 5432);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw invalidUrl('its port is not a port number');
  const user = given.user ?? environment.PGUSER;
  if (!user) throw invalidUrl('it names no user');
  const database = given.database ?? environment.PGDATABASE ?? user;
  const password = given.password ?? environment.PGPASSWORD;
  const rootCert = given.sslRootCert ?? environment.PGSSLROOTCERT;
  const sslMode = given.sslMode ?? environment.PGSSLMODE ?? (isThisMachine(host) ? 'prefer' : 'verify-full');
  const channelBinding = given.channelBinding ?? environment.PGCHANNELBINDING ?? 'prefer';
  if (!CHANNEL_BINDINGS.includes(channelBinding)) {
    throw invalidUrl(`channel_binding is none of ${CHANNEL_BINDINGS.join(', ')}`);
  }
  const options = given.options ?? environment.PGOPTIONS;
  if (!SSL_MODES.includes(sslMode)) throw invalidUrl(`sslmode is none of ${SSL_MODES.join(', ')}`);
  return {
    host,
    ...(hostAddress === undefined || hostAddress === host ? {} : { hostAddress }),
    port,
    database,
    user,
    ...(password === undefined ? {} : { password }),
    ...(channelBinding === 'require' ? { channelBinding } : {}),
    ...(options ? { options } : {}),
    sslMode: sslMode as SslMode,
    tls: tlsOptions(sslMode as SslMode, host, {
      rootCert: rootCert === 'system' ? undefined : rootCert,
      cert: given.sslCert ?? environment.PGSSLCERT,
      key: given.sslKey ?? environment.PGSSLKEY,
    }),
    display: displayOf({ user, host, port, database }, hostAddress === host ? undefined : hostAddress),
  };
}

/** The settings for the same server, reached from the machine that ssh logs in to. */
export function bySsh(settings: ConnectionSettings, ssh: SshDestination): ConnectionSettings {
  return { ...settings, ssh, display: displayOf(settings, `by ssh ${ssh.name}`) };
}

/** The database comes last: see at-database.ts. */
function displayOf(
  { user, host, port, database }: Pick<ConnectionSettings, 'user' | 'host' | 'port' | 'database'>,
  way: string | undefined,
): string {
  const server = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return `${user}@${server}${way === undefined ? '' : ` (${way})`}/${database}`;
}

function tlsOptions(
  mode: SslMode,
  host: string,
  files: { rootCert?: string | undefined; cert?: string | undefined; key?: string | undefined },
): ConnectionOptions {
  // libpq: with a root certificate, `require` verifies like `verify-ca`.
  const verifies = mode === 'verify-full' || mode === 'verify-ca' || (mode === 'require' && files.rootCert);
  return {
    // An IP address is not a server name (RFC 6066). Without any, node:tls would compare the certificate with
    // 'localhost'.
    ...(isIP(host) ? {} : { servername: host }),
    rejectUnauthorized: Boolean(verifies),
    checkServerIdentity: (_, certificate) =>
      mode === 'verify-full' ? checkServerIdentity(host, certificate) : undefined,
    ...(files.rootCert ? { ca: readCertificate('sslrootcert', files.rootCert) } : {}),
    ...(files.cert ? { cert: readCertificate('sslcert', files.cert) } : {}),
    ...(files.key ? { key: readCertificate('sslkey', files.key) } : {}),
  };
}

function readCertificate(parameter: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new LifeboatError({
      code: 'source-certificate-unreadable',
      kind: 'usage',
      what: `The file that ${parameter} names, ${path}, cannot be read.`,
      remedy: 'Name a PEM file that this process may read.',
      cause,
    });
  }
}

export function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.') || host.startsWith('/');
}
