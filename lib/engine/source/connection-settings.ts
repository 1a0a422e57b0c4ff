import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import { parse } from 'pg-connection-string';
import { LifeboatError } from '../errors.ts';

/** libpq's words for how far TLS goes (PostgreSQL manual, "SSL Support", sslmode). */
export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';
const SSL_MODES: readonly string[] = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'];

/** Everything that is needed to reach one database. Holds a password: never log it, use `display`. */
export interface ConnectionSettings {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Absent: ~/.pgpass or a method that needs none. */
  readonly password?: string;
  readonly sslMode: SslMode;
  /** Options of node:tls for an encrypted connection; the mode decides whether it is tried. */
  readonly tls: ConnectionOptions;
  /** `user@host:port/database`, safe to print. */
  readonly display: string;
}

/** libpq's environment variables, as far as they are understood here; the caller hands in the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads `postgres://user:password@host:port/database?sslmode=…`. Throws `source-url-invalid`, without repeating the URL,
 * for it holds a password. Parts that the URL leaves out come from libpq's environment variables.
 *
 * Where neither names an sslmode, a server on this machine is reached as libpq would (`prefer`), any other only with
 * TLS and a certificate that verifies: a password does not travel in clear because a parameter was forgotten.
 */
export function connectionSettings(url: string, environment: Environment = {}): ConnectionSettings {
  if (!/^postgres(ql)?:\/\//i.test(url)) throw invalidUrl('it does not start with postgres://');
  let parts: ReturnType<typeof parse>;
  let query: URLSearchParams;
  try {
    const [base = '', search = ''] = url.split('?', 2);
    query = new URLSearchParams(search);
    const sslParameters = [...query].filter(([name]) => name.startsWith('ssl'));
    const rest = new URLSearchParams([...query].filter(([name]) => !name.startsWith('ssl')));
    query = new URLSearchParams(sslParameters);
    parts = parse(rest.size === 0 ? base : `${base}?${rest}`);
  } catch {
    throw invalidUrl('it cannot be read; a password with special characters has to be percent-encoded');
  }
  // A slash or question mark in a password ends the authority early: what was taken for a host is part of a password.
  if (!parts.user && url.includes('@')) {
    throw invalidUrl('its user cannot be told; a password with special characters has to be percent-encoded');
  }
  return assemble(
    {
      host: parts.host || undefined,
      port: parts.port || undefined,
      database: parts.database || undefined,
      user: parts.user || undefined,
      password: parts.password || undefined,
      sslMode: query.get('sslmode') ?? undefined,
      sslRootCert: query.get('sslrootcert') ?? undefined,
      sslCert: query.get('sslcert') ?? undefined,
      sslKey: query.get('sslkey') ?? undefined,
    },
    environment,
  );
}

/** The settings that PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSWORD and PGSSL… describe; undefined without PGHOST. */
export function settingsFromEnvironment(environment: Environment): ConnectionSettings | undefined {
  return environment.PGHOST ? assemble({}, environment) : undefined;
}

interface Parts {
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly database?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly sslMode?: string | undefined;
  readonly sslRootCert?: string | undefined;
  readonly sslCert?: string | undefined;
  readonly sslKey?: string | undefined;
}

function assemble(given: Parts, environment: Environment): ConnectionSettings {
  const host = given.host ?? environment.PGHOST ?? 'localhost';
  if (host.includes(',')) throw invalidUrl('it names several hosts; name the one to back up from');
  const port = Number(given.port ?? environment.PGPORT ?? 5432);
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw invalidUrl('its port is not a port number');
  const user = given.user ?? environment.PGUSER;
  if (!user) throw invalidUrl('it names no user');
  const database = given.database ?? environment.PGDATABASE ?? user;
  const password = given.password ?? environment.PGPASSWORD;
  const rootCert = given.sslRootCert ?? environment.PGSSLROOTCERT;
  const sslMode = given.sslMode ?? environment.PGSSLMODE ?? (isThisMachine(host) ? 'prefer' : 'verify-full');
  if (!SSL_MODES.includes(sslMode)) throw invalidUrl(`sslmode is none of ${SSL_MODES.join(', ')}`);
  return {
    host,
    port,
    database,
    user,
    ...(password === undefined ? {} : { password }),
    sslMode: sslMode as SslMode,
    tls: tlsOptions(sslMode as SslMode, host, {
      rootCert: rootCert === 'system' ? undefined : rootCert,
      cert: given.sslCert ?? environment.PGSSLCERT,
      key: given.sslKey ?? environment.PGSSLKEY,
    }),
    display: `${user}@${host.includes(':') ? `[${host}]` : host}:${port}/${database}`,
  };
}

function tlsOptions(
  mode: SslMode,
  host: string,
  files: { rootCert?: string | undefined; cert?: string | undefined; key?: string | undefined },
): ConnectionOptions {
  // libpq: with a root certificate, `require` verifies like `verify-ca`.
  const verifies = mode === 'verify-full' || mode === 'verify-ca' || (mode === 'require' && files.rootCert);
  return {
    // An IP address is no server name (RFC 6066), and without one node:tls would compare with 'localhost'.
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

function invalidUrl(why: string): LifeboatError {
  return new LifeboatError({
    code: 'source-url-invalid',
    kind: 'usage',
    what: `The database's URL cannot be used: ${why}.`,
    remedy:
      'Give it as postgres://user:password@host:5432/database, with ?sslmode=… where the default does not fit.',
  });
}
