import { parse } from 'pg-connection-string';
import { LifeboatError } from '../ground/errors.ts';

/** The parts of a connection that a URL or libpq's variables give, each as text. */
export interface ConnectionParts {
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly hostAddress?: string | undefined;
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

/** libpq's parameters that Lifeboat supports (PostgreSQL manual, "Parameter Key Words"). */
const UNDERSTOOD = new Set([
  ...['host', 'hostaddr', 'port', 'dbname', 'user', 'password', 'options', 'channel_binding'],
  ...['sslmode', 'sslrootcert', 'sslcert', 'sslkey'],
]);

/**
 * Parameters that change neither where a connection leads nor how safe it is: libpq's, then those of other
 * drivers.
 */
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

/** Values that ask only for what Lifeboat does anyway. */
const AS_IT_IS: Readonly<Record<string, readonly string[]>> = {
  gssencmode: ['disable', 'prefer'],
  sslnegotiation: ['postgres'],
  target_session_attrs: ['any'],
  // From other drivers. A server on another machine needs verified TLS unless sslmode says otherwise.
  ssl: ['true', '1', 'require'],
};

/**
 * Takes a `postgres://` URL apart. Throws `source-url-invalid` without repeating the URL, because it holds a
 * password. The error names a parameter that Lifeboat does not support: without it, the connection could lead
 * elsewhere than psql's, or be less safe.
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
    throw invalidUrl('it cannot be read; special characters in a password must be percent-encoded');
  }
  const given = (name: string, ofUrl?: string | null) => parameters.get(name) || ofUrl || undefined;
  return {
    host: given('host', parts.host),
    port: given('port', parts.port),
    hostAddress: given('hostaddr'),
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
      'Write it as postgres://user:password@host:5432/database, and add ?sslmode=… if the default does not fit.',
  });
}

/**
 * Refuses an `@` after the first `/`, `?` or `#`. Such a character in a password ends the part of the URL
 * that holds it, and the rest of the password would be taken for a database name, and shown.
 */
function refuseStrayAt(url: string): void {
  const authority = /^[^:]*:\/\/[^/?#]*/.exec(url)?.[0] ?? '';
  if (!url.slice(authority.length).includes('@')) return;
  throw invalidUrl(
    'there is an @ after its first /, ? or #; in a password or a name these must be percent-encoded, as %40, %2F, %3F and %23',
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
      `${shown} is not supported, and without it Lifeboat could connect to another database than you mean`,
    );
  }
}
