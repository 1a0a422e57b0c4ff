import type { Stanza } from 'age-encryption';
import { AgeFileError } from './age-file-error.ts';
import { loadAge } from './load-age.ts';
import type { Recipients } from './recipients.ts';
import { X25519Recipient } from './x25519-recipient.ts';

const VERSION_LINE = 'age-encryption.org/v1\n';
/** The stanza of a hybrid recipient has 1.6 KB. */
const MOST_HEADER_BYTES = 256 * 1024;

/** The last line of a header. No other line starts like it. */
const LAST_LINE = /\n---[^\n]*\n/;
/** An HMAC has 32 bytes, which are 43 digits of base64. */
const HMAC_LINE = /^--- [A-Za-z0-9+/]{43}$/;

/** A backup makes thousands of headers for the same recipients. */
const known = new Map<string, X25519Recipient>();

function x25519(recipient: string, stanza: typeof Stanza): X25519Recipient {
  const found = known.get(recipient) ?? new X25519Recipient(recipient, stanza);
  known.set(recipient, found);
  return found;
}

export interface NewHeader {
  readonly bytes: Buffer;
  /** The secret of this one file, which its payload's key is derived from. */
  readonly fileKey: Uint8Array;
}

/** Makes the header of a new file: its key, encrypted to each recipient. */
export async function makeHeader(recipients: Recipients): Promise<NewHeader> {
  const { Encrypter, Stanza } = await loadAge();
  const encrypter = new Encrypter();
  for (const recipient of recipients) {
    const isHybrid = recipient.startsWith('age1pq1');
    encrypter.addRecipient(isHybrid ? recipient : x25519(recipient, Stanza));
  }
  let fileKey: Uint8Array | undefined;
  // A recipient of the library's own interface gets the key, and adds nothing to the header.
  encrypter.addRecipient({
    wrapFileKey: (key) => {
      fileKey = key.slice();
      return [];
    },
  });
  const whole = Buffer.from(await encrypter.encrypt(new Uint8Array(0)));
  const headerBytes = lengthOfHeader(whole);
  if (fileKey === undefined || headerBytes === undefined) throw new Error('age made no header');
  return { bytes: whole.subarray(0, headerBytes), fileKey };
}

/**
 * The number of bytes of the header that these bytes start with; undefined if more bytes are needed. Throws
 * {@link AgeFileError} if there is none.
 */
export function lengthOfHeader(beginning: Buffer): number | undefined {
  const start = beginning.subarray(0, VERSION_LINE.length).toString('latin1');
  if (!VERSION_LINE.startsWith(start))
    throw new AgeFileError('does not start with the header of an age file');
  const text = beginning.subarray(0, MOST_HEADER_BYTES).toString('latin1');
  const last = LAST_LINE.exec(text);
  if (last) return last.index + last[0].length;
  if (beginning.length >= MOST_HEADER_BYTES) throw new AgeFileError('has an age header without an end');
  return undefined;
}

/** The kind of each recipient's stanza: `X25519`, `mlkem768x25519`. Throws like {@link lengthOfHeader}. */
export function stanzasOf(header: Buffer): string[] {
  const [, ...lines] = header.toString('latin1').split('\n').slice(0, -1);
  const last = lines.pop() ?? '';
  const kinds: string[] = [];
  let expectsBody = false;
  for (const line of lines) {
    const [, kind] = /^-> ([\x21-\x7e]+)( [\x21-\x7e]+)*$/.exec(line) ?? [];
    if (!expectsBody && kind !== undefined) {
      kinds.push(kind);
      expectsBody = true;
    } else if (expectsBody && /^[A-Za-z0-9+/]{0,64}$/.test(line)) {
      // A line of less than 64 digits ends a stanza's body (C2SP age specification, "Recipient stanza").
      expectsBody = line.length === 64;
    } else throw new AgeFileError('has a malformed age header');
  }
  if (expectsBody || kinds.length === 0 || !HMAC_LINE.test(last))
    throw new AgeFileError('has a malformed age header');
  return kinds;
}
