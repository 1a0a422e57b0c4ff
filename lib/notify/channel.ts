import type { Notification, Severity } from './notification.ts';

export const CHANNEL_KINDS = ['slack', 'discord', 'teams', 'webhook', 'pagerduty', 'opsgenie'] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

/** A request that carries one message. */
export interface ChannelRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Writes messages in the format of one service. */
export interface Format {
  /** The request for a message. The same message makes the same request, however often it is tried. */
  request(notification: Notification): ChannelRequest;
  /** Whether the service folds messages by their key, and ignores `resolved` for a key that is not open. */
  readonly foldsByKey: boolean;
}

/** A place where people hear of something. */
export interface Channel extends Format {
  /** The name that people gave it, or its kind. */
  readonly name: string;
  readonly kind: ChannelKind | 'email';
  /** The host alone, because the rest of the address is a secret. */
  readonly host: string;
  /** Carries a message by other means than the request. Throws if the message was not taken. @default - the request is sent */
  readonly carry?: (notification: Notification, signal?: AbortSignal) => Promise<void>;
  readonly severities: readonly Severity[];
  /** Texts that no error or log may show. */
  readonly secrets: readonly string[];
}

/** `slack (hooks.slack.com)` */
export function shownChannel({ name, host }: Pick<Channel, 'name' | 'host'>): string {
  return `${name} (${host})`;
}

/** The request that posts an object as JSON. */
export function jsonRequest(url: URL, body: object, headers: Record<string, string> = {}): ChannelRequest {
  return { url, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}
