import type { FrontendMessage } from '../../wire/frontend-reader.ts';
import { sqlOf, withSql } from '../../wire/statement-names.ts';

/** Simple query, Sync, Flush, function call: after these a client waits for an answer. */
const CLOSING = new Set(['Q', 'S', 'H', 'F']);
/** Parse, Bind, Describe, Execute, Close: after an error in them a server ignores everything up to Sync. */
const EXTENDED = new Set(['P', 'B', 'D', 'E', 'C']);
/** Words of statements that may change the session's settings, which then have to be kept. */
const ABOUT_SETTINGS = /\b(?:set|reset|discard|set_config)\b/i;
/** Matches a possible name of a custom setting: `app.tenant`. */
const CUSTOM_SETTING = /[\p{L}_][\p{L}\p{N}_$]*(?:\.[\p{L}_][\p{L}\p{N}_$]*)+/gu;
/** Poolers and GUIs send DISCARD ALL between two uses of a connection. */
const DISCARD_ALL = /^\s*discard\s+all\s*;?\s*$/i;

/** The messages that a client sends before it waits for an answer. */
export interface Batch {
  readonly messages: readonly FrontendMessage[];
  readonly sizeBytes: number;
  /** Whether the answer ends with ReadyForQuery. It does not after Flush, which leaves the pipeline open. */
  readonly isComplete: boolean;
  /** Whether it ends with Sync, which ends a pipeline. */
  readonly endsPipeline: boolean;
  /** Whether it holds messages of the extended protocol, and so may be a part of a pipeline. */
  readonly isExtended: boolean;
  readonly touchesSettings: boolean;
  /** Possible names of custom settings, if it touches settings: a server does not list those. */
  readonly customSettings: readonly string[];
  /** Whether the client assumes afterwards that its prepared statements are gone. */
  readonly forgetsStatements: boolean;
}

/** Gathers messages into batches. */
export class BatchReader {
  #messages: FrontendMessage[] = [];

  /** Adds a message. Returns the batch that it closes; undefined if it closes none. */
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
    // All messages are searched, because the name in set_config($1, $2, false) is in Bind.
    customSettings: touchesSettings
      ? messages.flatMap(({ bytes }) => bytes.toString().match(CUSTOM_SETTING) ?? [])
      : [],
  };
}

/** Replaces DISCARD ALL by RESET ALL: it includes RESET SESSION AUTHORIZATION, which no client may do. */
function withoutDiscard(message: FrontendMessage): FrontendMessage {
  return DISCARD_ALL.test(sqlOf(message) ?? '') ? withSql(message, 'RESET ALL') : message;
}
