import { isIPv4 } from 'node:net';
import { LifeboatError } from '../../ground/errors.ts';
import { answerOf } from './by-command.ts';
import {
  BatchRefused,
  type Computation,
  type Computed,
  type InputRow,
  PassingFailure,
} from './computation.ts';
import type { HttpMethod } from './http-method.ts';
import { embeddingsBody, embeddingsOf } from './openai-embeddings.ts';

/** An answer of a thousand vectors of 3072 numbers has 40 MB. */
const LARGEST_ANSWER_BYTES = 256 * 1024 * 1024;
/** What may pass: a time-out, a conflict, too early, too many requests, and the server's own failures. */
const PASSES = new Set([408, 409, 425, 429, 500, 502, 503, 504, 529]);
/** What one row can be the reason of. */
const PERHAPS_A_ROW = new Set([400, 413, 422]);

/** Sends a batch as JSON with POST. Follows no redirect, so that headers go nowhere else. */
export class ComputationByHttp implements Computation {
  readonly #method: HttpMethod;
  readonly #answerTimeoutMs: number;
  readonly #url: URL;

  constructor(method: HttpMethod, answerTimeoutMs: number) {
    this.#method = method;
    this.#answerTimeoutMs = answerTimeoutMs;
    this.#url = endpoint(method.url);
  }

  async compute(rows: readonly InputRow[], signal: AbortSignal): Promise<ReadonlyMap<string, Computed>> {
    const { format, model = '', headers } = this.#method;
    const body =
      format === 'openai'
        ? embeddingsBody(rows, model)
        : `{"rows":[${rows.map(({ id, json }) => `{"id":${JSON.stringify(id)},"row":${json}}`).join(',')}]}`;
    const late = AbortSignal.timeout(this.#answerTimeoutMs);
    const { host } = this.#url;
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.#url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          ...Object.fromEntries(headers),
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([signal, late]),
      });
      text = await readText(response);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof LifeboatError) throw error;
      const why = late.aborted
        ? `did not answer within ${this.#answerTimeoutMs / 1000} s`
        : 'could not be reached';
      throw new PassingFailure(`${host} ${why}`);
    }
    if (response.status !== 200) throw failureOf(response, host, rows.length);
    return read(text, format, rows, host);
  }

  async close(): Promise<void> {}
}

/** Throws `backfill-endpoint-invalid` for an address that would send rows and keys in the clear. */
export function endpoint(address: string): URL {
  const invalid = (what: string) =>
    new LifeboatError({
      code: 'backfill-endpoint-invalid',
      kind: 'usage',
      what,
      meaning: 'Nothing was sent.',
      remedy: 'Write an address like https://embeddings.example.com/v1. http:// is for localhost alone.',
    });
  const url = URL.parse(address);
  if (!url) throw invalid('The address of the endpoint is no URL.');
  if (url.username || url.password)
    throw invalid('The address of the endpoint holds a user or a password, which `ps` would show.');
  const { hostname } = url;
  const isLocal =
    hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'));
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLocal))
    throw invalid(
      `${url.protocol}//${url.host} is not encrypted: rows and keys would be readable on the way.`,
    );
  return url;
}

async function readText(response: Response): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > LARGEST_ANSWER_BYTES)
      throw new PassingFailure('The endpoint sent an answer of more than 256 MB');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** Without the body of the answer, which may repeat a row. */
function failureOf(response: Response, host: string, rows: number): Error {
  const { status } = response;
  const words = `${host} answered with status ${status}`;
  if (PASSES.has(status)) return new PassingFailure(words, waitAskedFor(response.headers.get('retry-after')));
  if (PERHAPS_A_ROW.has(status)) return new BatchRefused(words);
  const isRedirect = status >= 300 && status < 400;
  return new LifeboatError({
    code: 'backfill-endpoint-refused',
    kind: 'target',
    what: `${words}, to a batch of ${rows} rows.`,
    meaning: 'It would refuse every other batch, too. The rows that were written stay.',
    remedy:
      status === 401 || status === 403
        ? 'Check the key: --bearer and --header name variables of the environment that hold it. Then run the same command with --resume.'
        : isRedirect
          ? 'It sends to another address. Lifeboat does not follow, because headers with keys would go there. Name that address with --url.'
          : 'Check the address. Then run the same command with --resume.',
  });
}

/** RFC 9110, "Retry-After": seconds, or a date. */
export function waitAskedFor(header: string | null, now = Date.now()): number | undefined {
  if (header === null) return undefined;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - now);
}

function read(
  text: string,
  format: HttpMethod['format'],
  rows: readonly InputRow[],
  host: string,
): ReadonlyMap<string, Computed> {
  const unreadable = (what: string) => new PassingFailure(`${host} sent an answer that ${what}`);
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw unreadable('is no JSON');
  }
  const list = format === 'openai' ? embeddingsOf(answer, rows) : (answer as { rows?: unknown } | null)?.rows;
  if (!Array.isArray(list)) throw unreadable(format === 'openai' ? 'has no "data"' : 'has no "rows"');
  const answers = new Map<string, Computed>();
  for (const one of list) {
    const given = answerOf(one);
    if (given) answers.set(given.id, given.computed);
  }
  const missing = rows.filter(({ id }) => !answers.has(id)).length;
  if (missing > 0) throw unreadable(`lacks ${missing} of ${rows.length} rows`);
  return answers;
}
