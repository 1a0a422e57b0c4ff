import { DelegateBackoff, handleWhen, retry } from 'cockatiel';
import { LifeboatError, messageOf } from '../engine/ground/errors.ts';
import { hideSecrets } from '../engine/ground/hide-secrets.ts';
import { clean, cut } from './cut.ts';

/** A request to a service outside, and what may be said of it. */
export interface OutsideRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** `slack (hooks.slack.com)`: the address itself is a secret. */
  readonly shown: string;
  readonly secrets: readonly string[];
}

export interface SendOptions {
  readonly signal?: AbortSignal;
  /** How long one try may take. @default 10000 */
  readonly timeoutMs?: number;
  /** The wait before the second try; the third waits twice as long. @default 1000 */
  readonly firstWaitMs?: number;
}

const TRIES = 3;
/** A service that asks for a longer pause is given up: a command must not wait for it. */
const LONGEST_WAIT_MS = 20_000;
/** This much of an answer is read, to say why a service refused. */
const ANSWER_BYTES = 4096;
const ANSWER_LENGTH = 160;

/** A try that failed. `again` says whether another one is worth it. */
class TryFailed extends Error {
  readonly again: boolean;
  readonly waitMs: number | undefined;

  constructor(why: string, again: boolean, waitMs?: number) {
    super(why);
    this.again = again;
    this.waitMs = waitMs;
  }
}

/**
 * Sends a request, at most three times: again after a failure of the network, a timeout, 408, 429 (after the wait that the
 * service asks for) and 5xx. A try whose answer is lost may have arrived, so a message can come twice.
 *
 * Redirects are not followed, because a secret would travel to an address that nobody named. Throws
 * `notification-not-delivered`, which names the service and its host and never its address.
 */
export async function send(request: OutsideRequest, options: SendOptions = {}): Promise<void> {
  const { firstWaitMs = 1000 } = options;
  const backoff = new DelegateBackoff<{ readonly attempt: number; readonly result: object }>(
    ({ attempt, result }) => waitOf(result) ?? firstWaitMs * 2 ** (attempt - 1),
  );
  const policy = retry(
    handleWhen((error) => error instanceof TryFailed && error.again),
    { maxAttempts: TRIES - 1, backoff },
  );
  try {
    await policy.execute(({ signal }) => tryOnce(request, options, signal), options.signal);
  } catch (error) {
    throw notDelivered(request, error);
  }
}

function waitOf(result: object): number | undefined {
  return 'error' in result && result.error instanceof TryFailed ? result.error.waitMs : undefined;
}

async function tryOnce(
  { url, method, headers = {}, body }: OutsideRequest,
  { timeoutMs = 10_000 }: SendOptions,
  signal: AbortSignal,
): Promise<void> {
  let answer: Response;
  try {
    answer = await fetch(withoutCredentials(url), {
      method,
      headers: { 'user-agent': 'pg-lifeboat', ...basicAuthorization(url), ...headers },
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      ...(body === undefined ? {} : { body }),
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new TryFailed(reasonOf(error, timeoutMs), true);
  }
  const said = await beginningOf(answer);
  if (answer.ok) return;
  const { status } = answer;
  if (status >= 300 && status < 400) {
    throw new TryFailed(
      `it answered ${status}, a redirect, which is not followed: name the final address`,
      false,
    );
  }
  const waitMs = retryAfterMs(answer.headers.get('retry-after'));
  const isTooLong = waitMs !== undefined && waitMs > LONGEST_WAIT_MS;
  const again = (status === 408 || status === 429 || status >= 500) && !isTooLong;
  const pause = isTooLong ? `, and asks to wait ${Math.ceil(waitMs / 1000)} s` : '';
  throw new TryFailed(`it answered ${status}${pause}${said && `: ${said}`}`, again, waitMs);
}

/** fetch refuses an address with a password in it, and its error shows the address. */
function withoutCredentials(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare;
}

function basicAuthorization({ username, password }: URL): Record<string, string> {
  if (username === '' && password === '') return {};
  const pair = `${decoded(username)}:${decoded(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Node's fetch says "fetch failed", and the reason in the cause. */
function reasonOf(error: unknown, timeoutMs: number): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `it did not answer within ${timeoutMs / 1000} s`;
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  return code && !messageOf(cause).includes(code) ? `${code}: ${messageOf(cause)}` : messageOf(cause);
}

/** Reads the beginning of an answer, whose rest may be endless. */
async function beginningOf(answer: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of answer.body ?? []) {
      pieces.push(piece);
      size += piece.length;
      if (size >= ANSWER_BYTES) break;
    }
  } catch {
    // The status is what counts.
  }
  const text = Buffer.concat(pieces).toString('utf8').slice(0, ANSWER_BYTES);
  // A page for a browser says nothing to a person at a terminal.
  return /^\s*</.test(text) ? '' : clean(text).replace(/\s+/g, ' ').trim();
}

/** RFC 9110, 10.2.3: seconds, or a date. Discord sends fractions. */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\d+(\.\d+)?$/.test(header)) return Math.ceil(Number(header) * 1000);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

function notDelivered({ shown, secrets }: OutsideRequest, error: unknown): LifeboatError {
  const why = error instanceof TryFailed ? error.message : `it was stopped: ${messageOf(error)}`;
  return new LifeboatError({
    code: 'notification-not-delivered',
    kind: 'internal',
    what: `${shown} did not take the message: ${cut(hideSecrets(why, secrets), ANSWER_LENGTH).replace(/\.*$/, '')}.`,
  });
}
