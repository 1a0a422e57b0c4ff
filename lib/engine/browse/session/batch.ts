import type { FrontendMessage } from '../wire/frontend-reader.ts';
import { sqlOf } from '../wire/statement-names.ts';

/** Simple query, Sync, Flush, function call: after these a client waits for an answer. */
const CLOSING = new Set(['Q', 'S', 'H', 'F']);
/** What may change the session's settings, and so has to be kept for it. */
const ABOUT_SETTINGS = /\b(?:set|reset|discard|set_config)\b/i;

/** Messages that a client sends in one go, up to where it waits for an answer. */
export interface Batch {
  readonly messages: readonly FrontendMessage[];
  readonly sizeBytes: number;
  /** Whether the server answers it with ReadyForQuery: it does not after Flush, which leaves the pipeline open. */
  readonly isComplete: boolean;
  readonly touchesSettings: boolean;
}

/** Gathers messages into batches. */
export class BatchReader {
  #messages: FrontendMessage[] = [];

  /** The batch that this message closes, if it does. */
  add(message: FrontendMessage): Batch | undefined {
    this.#messages.push(message);
    if (!CLOSING.has(message.type)) return undefined;
    const messages = this.#messages;
    this.#messages = [];
    return batchOf(messages);
  }
}

export function batchOf(messages: readonly FrontendMessage[]): Batch {
  return {
    messages,
    sizeBytes: messages.reduce((sum, { bytes }) => sum + bytes.length, 0),
    isComplete: messages.at(-1)?.type !== 'H',
    touchesSettings: messages.some((message) => ABOUT_SETTINGS.test(sqlOf(message) ?? '')),
  };
}
