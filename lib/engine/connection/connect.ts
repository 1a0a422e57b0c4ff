import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { LifeboatError } from '../ground/errors.ts';
import { requireChannelBinding } from './channel-binding.ts';
import { diagnoseConnection, isServerWithoutTls } from './connection-errors.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { hearLastWords } from './last-words.ts';
import { sourceFailure } from './query-failure.ts';
import { refusePooledSessions } from './refuse-pooled-sessions.ts';
import { waitBeforeRetry } from './retry-wait.ts';
import { guardStatements, type ServerGuards } from './server-guards.ts';
import { sessionSettings } from './session-settings.ts';
import { endConnection, LONGEST_SILENCE_MS, watchSilence } from './watch-silence.ts';

export interface ConnectOptions {
  readonly signal?: AbortSignal;
  /** Tries in all. Waits 1, 2, 4, 8 seconds between tries, each with up to a quarter of jitter. @default 5 */
  readonly attempts?: number;
  /** Called before each wait, so that a person sees why nothing happens. */
  readonly onRetry?: (failure: LifeboatError, waitMs: number) => void;
  /** Longest wait for a byte of an answer, in milliseconds. @default 5 minutes */
  readonly longestSilenceMs?: number;
  /**
   * Asked after such a silence: whether the server works on this session's statement all the same. Otherwise
   * the connection counts as lost. @default no
   */
  readonly isAtWork?: () => Promise<boolean>;
  /**
   * Refuse a pooler that does not keep one server session for each of its clients: see
   * refuse-pooled-sessions.ts. @default false
   */
  readonly refusesPools?: boolean;
  /** Makes the socket of a connection without TLS. @default a socket of Node */
  readonly socket?: () => Socket;
  /**
   * Limits that the server sets for the session. @default none, for a session that holds no locks and no
   * snapshot
   */
  readonly guards?: ServerGuards;
}

/**
 * A session with the settings of session-settings.ts. `lost` rejects when the connection ends before `end()`
 * was called.
 */
export interface Session {
  readonly client: pg.Client;
  readonly versionNumber: number;
  readonly major: number;
  /** Aborts, with the reason, when the connection is lost. */
  readonly lost: AbortSignal;
  /**
   * Turns an error of a query of this session into one that says what to do; `doing` completes "… failed".
   */
  failure(error: unknown, doing: string): unknown;
  end(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 15_000;

/** Connects, with more tries if they can help, and sets the session up as COPY and pg_dump need it. */
export async function connect(settings: ConnectionSettings, options: ConnectOptions = {}): Promise<Session> {
  const attempts = options.attempts ?? 5;
  for (let attempt = 1; ; attempt += 1) {
    options.signal?.throwIfAborted();
    try {
      return await openSession(await connectOnce(settings, options.socket), settings, options);
    } catch (error) {
      if (error instanceof LifeboatError) throw error;
      const { failure, transient } = await diagnose(error, settings);
      if (!transient || attempt >= attempts) throw failure;
      const waitMs = waitBeforeRetry(attempt);
      options.onRetry?.(failure, waitMs);
      await delay(waitMs, undefined, options.signal ? { signal: options.signal } : {});
    }
  }
}

/** With a tunnel, ssh may know better: to the driver, each refused forward is a connection that ends. */
async function diagnose(error: unknown, settings: ConnectionSettings) {
  const hasServerAnswered = error instanceof pg.DatabaseError;
  const ofTunnel = hasServerAnswered ? undefined : await settings.tunnel?.explain(settings.display);
  return ofTunnel ?? diagnoseConnection(error, settings);
}

/**
 * Servers that do not offer TLS (`sslmode=prefer`). Without this, each session would ask again, in a
 * connection of its own.
 */
const withoutTls = new WeakSet<ConnectionSettings>();

async function connectOnce(
  settings: ConnectionSettings,
  socket?: ConnectOptions['socket'],
): Promise<pg.Client> {
  const { sslMode } = settings;
  const encrypted = sslMode !== 'disable' && sslMode !== 'allow' && !withoutTls.has(settings);
  try {
    return await open(settings, encrypted, socket);
  } catch (error) {
    if (!encrypted || sslMode !== 'prefer' || !isServerWithoutTls(error)) throw error;
    const client = await open(settings, false, socket);
    withoutTls.add(settings);
    return client;
  }
}

async function open(
  settings: ConnectionSettings,
  encrypted: boolean,
  socket: ConnectOptions['socket'] = () => new Socket(),
): Promise<pg.Client> {
  const client = new pg.Client({
    host: settings.host,
    port: settings.port,
    ...wayTo(settings, encrypted ? () => new Socket() : socket),
    database: settings.database,
    user: settings.user,
    password: settings.password,
    ssl: encrypted ? settings.tls : false,
    application_name: 'lifeboat',
    ...(settings.options === undefined ? {} : { options: settings.options }),
    enableChannelBinding: settings.channelBinding === 'require',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 30_000,
  });
  // Without a listener, a connection that dies between two queries would end the process.
  client.on('error', () => {});
  const binding = settings.channelBinding === 'require' ? requireChannelBinding(client, settings) : undefined;
  try {
    await client.connect();
    binding?.check();
    return client;
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}

/**
 * Where the connection is made, if that is not the host. The driver still gets the host, by which it checks
 * the certificate and looks up ~/.pgpass.
 */
function wayTo(
  { tunnel, hostAddress, port }: ConnectionSettings,
  socket: () => Socket,
): { stream: () => Socket } {
  if (tunnel) return { stream: () => connectedTo({ path: tunnel.socketPath }, socket()) };
  if (hostAddress !== undefined) return { stream: () => connectedTo({ host: hostAddress, port }, socket()) };
  return { stream: socket };
}

function connectedTo(place: { path: string } | { host: string; port: number }, socket: Socket): Socket {
  const connectSocket = socket.connect.bind(socket) as (options: typeof place) => Socket;
  socket.connect = () => connectSocket(place);
  return socket;
}

async function openSession(
  client: pg.Client,
  settings: ConnectionSettings,
  { longestSilenceMs = LONGEST_SILENCE_MS, isAtWork, refusesPools = false, guards }: ConnectOptions,
): Promise<Session> {
  watchSilence(client, settings.display, longestSilenceMs, isAtWork);
  const lost = new AbortController();
  let ending = false;
  const lastWords = hearLastWords(client);
  const failure = (error: unknown, doing: string) => sourceFailure(error, doing, settings, lastWords);
  client.on('end', () => {
    if (!ending) lost.abort(failure(new Error('Connection terminated unexpectedly'), 'The backup'));
  });
  try {
    if (refusesPools) await refusePooledSessions(client, settings, () => connectOnce(settings));
    const answer = await client.query<{ number: string; is_linux: boolean }>(
      "SELECT current_setting('server_version_num') AS number, pg_catalog.version() LIKE '%linux%' AS is_linux",
    );
    const versionNumber = Number(answer.rows[0]?.number);
    const major = Math.floor(versionNumber / 10_000);
    const server = { major, isLinux: answer.rows[0]?.is_linux === true };
    const settingsOfSession = [...sessionSettings(major), ...(guards ? guardStatements(guards, server) : [])];
    await client.query(settingsOfSession.join('; '));
    return {
      client,
      versionNumber,
      major,
      lost: lost.signal,
      failure,
      async end() {
        ending = true;
        await endConnection(client);
      },
    };
  } catch (error) {
    await client.end().catch(() => {});
    throw error;
  }
}
