import type { FrontendMessage } from '../../wire/frontend-reader.ts';
import { sqlOf, withSql } from '../../wire/statement-names.ts';

/** Simple query, Sync, Flush, function call: after these a client waits for an answer. */
const CLOSING = new Set(['Q', 'S', 'H', 'F']);
/** Parse, Bind, Describe, Execute, Close: after an error in one of them a server passes over everything up to the next Sync. */
const EXTENDED = new Set(['P', 'B', 'D', 'E', 'C']);
/** What may change the session's settings, and so has to be kept for it. */
const ABOUT_SETTINGS = /\b(?:set|reset|discard|set_config)\b/i;
/** What may be the name of a setting that no part of the server has defined: `app.tenant`. */
const CUSTOM_SETTING = /[\p{L}_][\p{L}\p{N}_$]*(?:\.[\p{L}_][\p{L}\p{N}_$]*)+/gu;
/** Poolers and GUIs send it between two uses of a connection. */
const DISCARD_ALL = /^\s*discard\s+all\s*;?\s*$/i;

/** Messages that a client sends in one go, up to where it waits for an answer. */
export interface Batch {
  readonly messages: readonly FrontendMessage[];
  readonly sizeBytes: number;
  /** Whether the server answers it with ReadyForQuery: it does not after Flush, which leaves the pipeline open. */
  readonly isComplete: boolean;
  /** Whether it ends with Sync, the end of a pipeline. */
  readonly endsPipeline: boolean;
  /** Whether it holds messages of the extended protocol, and so may be a part of a pipeline. */
  readonly isExtended: boolean;
  readonly touchesSettings: boolean;
  /** What may be the names of custom settings, where it touches settings: a server does not list those. */
  readonly customSettings: readonly string[];
  /** Whether the client takes its prepared statements for gone afterwards. */
  readonly forgetsStatements: boolean;
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

export function batchOf(given: readonly FrontendMessage[]): Batch {
  const messages = given.map(withoutDiscard);
  const touchesSettings = messages.some((message) => ABOUT_SETTINGS.test(sqlOf(message) ?? ''));
  return {
    messages,
    forgetsStatements: messages.some((message, index) => message !== given[index]),
    sizeBytes: messages.reduce((sum, { bytes }) => sum + bytes.length, 0),
    isComplete: messages.at(-1)?.type !== 'H',
    endsPipeline: messages.at(-1)?.type === 'S',
    isExtended: messages.some(({ type }) => EXTENDED.has(type)),
    touchesSettings,
    // Of set_config($1, $2, false) the name stands in Bind.
    customSettings: touchesSettings
      ? messages.flatMap(({ bytes }) => bytes.toString().match(CUSTOM_SETTING) ?? [])
      : [],
  };
}

/** DISCARD ALL begins with RESET SESSION AUTHORIZATION, which nobody may do here; what is left of it is RESET ALL. */
function withoutDiscard(message: FrontendMessage): FrontendMessage {
  return DISCARD_ALL.test(sqlOf(message) ?? '') ? withSql(message, 'RESET ALL') : message;
}
