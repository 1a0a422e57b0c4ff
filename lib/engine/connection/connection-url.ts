import { parse } from 'pg-connection-string';
import { LifeboatError } from '../ground/errors.ts';

/** What a URL or libpq's variables say of a connection, each part as text. */
export interface ConnectionParts {
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly database?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly sslMode?: string | undefined;
  readonly sslRootCert?: string | undefined;
  readonly sslCert?: string | undefined;
  readonly sslKey?: string | undefined;
  readonly channelBinding?: string | undefined;
  readonly options?: string | undefined;
}

/** libpq's parameters that are understood here (PostgreSQL manual, "Parameter Key Words"). */
const UNDERSTOOD = new Set([
  ...['host', 'port', 'dbname', 'user', 'password', 'options', 'channel_binding'],
  ...['sslmode', 'sslrootcert', 'sslcert', 'sslkey'],
]);

/** Parameters that change neither where a connection leads nor how safe it is: libpq's own, then those that drivers have added. */
const WITHOUT_EFFECT = new Set([
  ...[
    'application_name',
    'fallback_application_name',
    'connect_timeout',
    'client_encoding',
    'tcp_user_timeout',
  ],
  ...['keepalives', 'keepalives_idle', 'keepalives_interval', 'keepalives_count', 'sslcompression', 'sslsni'],
  ...['sslcertmode', 'load_balance_hosts', 'krbsrvname', 'gsslib', 'gssdelegation'],
  ...[
    'pgbouncer',
    'connection_limit',
    'pool_timeout',
    'pool_size',
    'max_connections',
    'statement_cache_size',
  ],
  ...[
    'schema',
    'socket_timeout',
    'uselibpqcompat',
    'prepare_threshold',
    'prepareThreshold',
    'supa',
    'workaround',
  ],
]);

/** Values that ask for nothing more than what is done anyway. */
const AS_IT_IS: Readonly<Record<string, readonly string[]>> = {
  gssencmode: ['disable', 'prefer'],
  sslnegotiation: ['postgres'],
  target_session_attrs: ['any'],
  // Of other drivers. A server elsewhere is reached by TLS that verifies unless sslmode says otherwise.
  ssl: ['true', '1', 'require'],
};

/**
 * Takes a `postgres://` URL apart. Throws `source-url-invalid`, without repeating any of it, for it holds a password; it names
 * a parameter that is not understood, because a connection without it could lead elsewhere than `psql`'s, or be less safe.
 */
export function partsOfUrl(url: string): ConnectionParts {
  if (!/^postgres(ql)?:\/\//i.test(url)) throw invalidUrl('it does not start with postgres://');
  refuseStrayAt(url);
  refuseHostList(url);
  const { base, parameters } = divide(url);
  checkParameters(parameters);
  let parts: ReturnType<typeof parse>;
  try {
    parts = parse(base);
  } catch {
    throw invalidUrl('it cannot be read; a password with special characters has to be percent-encoded');
  }
  const given = (name: string, ofUrl?: string | null) => parameters.get(name) || ofUrl || undefined;
  return {
    host: given('host', parts.host),
    port: given('port', parts.port),
    database: given('dbname', parts.database),
    user: given('user', parts.user),
    password: given('password', parts.password),
    sslMode: given('sslmode'),
    sslRootCert: given('sslrootcert'),
    sslCert: given('sslcert'),
    sslKey: given('sslkey'),
    channelBinding: given('channel_binding'),
    options: given('options'),
  };
}

export function invalidUrl(why: string): LifeboatError {
  return new LifeboatError({
    code: 'source-url-invalid',
    kind: 'usage',
    what: `The database's URL cannot be used: ${why}.`,
    remedy:
      'Give it as postgres://user:password@host:5432/database, with ?sslmode=… where the default does not fit.',
  });
}

/**
 * A `/`, `?` or `#` in a password ends the part of a URL that holds it, and what stands behind would be taken for a database,
 * and shown. Then an `@` follows that is not percent-encoded.
 */
function refuseStrayAt(url: string): void {
  const authority = /^[^:]*:\/\/[^/?#]*/.exec(url)?.[0] ?? '';
  if (!url.slice(authority.length).includes('@')) return;
  throw invalidUrl(
    'an @ stands behind its first /, ? or #; in a password or a name these have to be percent-encoded, as %40, %2F, %3F and %23',
  );
}

function refuseHostList(url: string): void {
  const hosts = /^[^:]*:\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(url)?.[1] ?? '';
  if (hosts.includes(',')) throw invalidUrl('it names several hosts; name the one to connect to');
}

function divide(url: string): { base: string; parameters: ReadonlyMap<string, string> } {
  const at = url.indexOf('?');
  const base = at === -1 ? url : url.slice(0, at);
  const search = at === -1 ? '' : url.slice(at + 1);
  return { base, parameters: new Map(new URLSearchParams(search)) };
}

function checkParameters(parameters: ReadonlyMap<string, string>): void {
  for (const [name, value] of parameters) {
    if (UNDERSTOOD.has(name) || WITHOUT_EFFECT.has(name) || AS_IT_IS[name]?.includes(value)) continue;
    const shown = /^\w{1,40}$/.test(name) ? `its parameter ${name}` : 'one of its parameters';
    throw invalidUrl(
      `${shown} is not supported, and a connection without it could be another one than you mean`,
    );
  }
}
