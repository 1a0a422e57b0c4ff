import { randomUUID } from 'node:crypto';
import { outsideUrl, secretsOf } from './address.ts';
import { clean, cutBytes } from './cut.ts';
import { type SendOptions, send } from './send.ts';

/** What a run tells a monitor outside, which raises the alarm when it hears nothing. */
export type Beat =
  | { readonly state: 'start' }
  | { readonly state: 'success'; readonly durationMs: number }
  | { readonly state: 'failure'; readonly durationMs: number; readonly why: string };

interface Ping {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly body?: string;
}

/** How one monitor wants to be told. Undefined: it does not want to hear that. */
type Manner = (url: URL, beat: Beat) => Ping | undefined;

/** healthchecks.io, "Pinging API": a body of up to 100 kB is kept. https://healthchecks.io/docs/http_api/ */
const BODY_BYTES = 10_000;
/** Uptime Kuma keeps the message in one line of a table. */
const MESSAGE_BYTES = 250;

/** The heartbeat of one run. */
export class Heartbeat {
  readonly #url: URL;
  readonly #manner: Manner;

  /** Throws `notify-channel-invalid`, which shows no address. */
  constructor(address: string, what: string, mayBePlain: boolean) {
    this.#url = outsideUrl(address, what, mayBePlain);
    this.#manner = mannerOf(this.#url);
  }

  /** Tells the monitor. Throws `notification-not-delivered`. */
  async tell(beat: Beat, options: SendOptions = {}): Promise<void> {
    const ping = this.#manner(this.#url, beat);
    if (!ping) return;
    const shown = `heartbeat (${this.#url.host})`;
    await send({ ...ping, shown, secrets: secretsOf(this.#url) }, options);
  }
}

function mannerOf(url: URL): Manner {
  const { hostname, pathname } = url;
  if (hostname === 'hc-ping.com' || /\/ping\/[^/]+/.test(pathname)) return healthchecks(randomUUID());
  if (/\/api\/push\/[^/]+/.test(pathname)) return uptimeKuma;
  if (/\/api\/v1\/heartbeat\/[^/]+/.test(pathname)) return betterStack;
  return plain;
}

/**
 * healthchecks.io, at hc-ping.com or on a machine of your own: `/start`, nothing, or `/fail` after the address; `rid`
 * joins the start of a run to its end. https://healthchecks.io/docs/http_api/
 */
function healthchecks(runId: string): Manner {
  return (url, beat) => {
    const ends = { start: '/start', success: '', failure: '/fail' };
    const ping = withPath(url, ends[beat.state]);
    ping.searchParams.set('rid', runId);
    const why = beat.state === 'failure' ? { body: cutBytes(clean(beat.why), BODY_BYTES) } : {};
    return { url: ping, method: 'POST', ...why };
  };
}

/**
 * Better Stack: nothing, or `/fail` with the reason. https://betterstack.com/docs/uptime/cron-and-heartbeat-monitor/
 */
const betterStack: Manner = (url, beat) => {
  if (beat.state === 'start') return undefined;
  if (beat.state === 'success') return { url, method: 'GET' };
  return { url: withPath(url, '/fail'), method: 'POST', body: cutBytes(clean(beat.why), BODY_BYTES) };
};

/**
 * Uptime Kuma's push monitors: `status`, `msg`, and `ping` in milliseconds. The address that Uptime Kuma shows has these
 * already. https://github.com/louislam/uptime-kuma/wiki/Internal-API
 */
const uptimeKuma: Manner = (url, beat) => {
  if (beat.state === 'start') return undefined;
  const ping = new URL(url);
  ping.searchParams.set('status', beat.state === 'success' ? 'up' : 'down');
  ping.searchParams.set('msg', beat.state === 'success' ? 'OK' : cutBytes(clean(beat.why), MESSAGE_BYTES));
  ping.searchParams.set('ping', String(Math.round(beat.durationMs)));
  return { url: ping, method: 'GET' };
};

/** Any other address is asked for after a success. Silence is its alarm. */
const plain: Manner = (url, { state }) => (state === 'success' ? { url, method: 'GET' } : undefined);

function withPath(url: URL, end: string): URL {
  const other = new URL(url);
  other.pathname = `${other.pathname.replace(/\/$/, '')}${end}`;
  return other;
}
