import { message } from './backend-messages.ts';
import type { FrontendMessage } from './frontend-reader.ts';

/** The place of a prepared statement's name in a message of the extended protocol. */
interface NamePlace {
  readonly start: number;
  readonly end: number;
  readonly name: string;
}

/**
 * The prepared statement that a Parse, Bind, Describe or Close names; undefined if none. `''` is the unnamed
 * one.
 */
export function statementNameOf(given: FrontendMessage): string | undefined {
  return placeOf(given)?.name;
}

/** The same message with another name in it. */
export function withStatementName(given: FrontendMessage, name: string): FrontendMessage {
  const place = placeOf(given);
  if (!place) return given;
  const { type, bytes } = given;
  const body = [bytes.subarray(5, place.start), Buffer.from(name), bytes.subarray(place.end)];
  return { type, bytes: Buffer.from(message(type, ...body)) };
}

/** The SQL of a simple query or a Parse; undefined for messages that hold none. */
export function sqlOf({ type, bytes }: FrontendMessage): string | undefined {
  if (type === 'Q') return textAt(bytes, 5).name;
  if (type === 'P') return textAt(bytes, textAt(bytes, 5).end + 1).name;
  return undefined;
}

/** The same simple query or Parse with other SQL in it. */
export function withSql(given: FrontendMessage, sql: string): FrontendMessage {
  const { type, bytes } = given;
  const start = type === 'P' ? textAt(bytes, 5).end + 1 : 5;
  const rest = bytes.subarray(textAt(bytes, start).end);
  return { type, bytes: Buffer.from(message(type, bytes.subarray(5, start), Buffer.from(sql), rest)) };
}

function placeOf({ type, bytes }: FrontendMessage): NamePlace | undefined {
  if (type === 'P') return textAt(bytes, 5);
  if (type === 'B') return textAt(bytes, textAt(bytes, 5).end + 1);
  const isStatement = (type === 'D' || type === 'C') && bytes.toString('latin1', 5, 6) === 'S';
  return isStatement ? textAt(bytes, 6) : undefined;
}

function textAt(bytes: Buffer, start: number): NamePlace {
  const found = bytes.indexOf(0, start);
  const end = found < 0 ? bytes.length : found;
  return { start, end, name: bytes.toString('utf8', start, end) };
}
