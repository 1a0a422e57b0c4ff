import { createHash } from 'node:crypto';

/**
 * The last field of a JSON file that holds the SHA-256 of the file itself, so that any changed byte is
 * detected. The manifest holds the checksums of all other objects, but no other object holds that of the
 * manifest. The checksum is computed over the file's bytes with its own 64 digits replaced by zeros, so `sed`
 * and `sha256sum` can compute it, too (docs/archive-format.md). It protects against accidents, not against
 * somebody who forges a backup.
 */
export const CHECKSUM_FIELD = 'selfSha256';

const NO_DIGITS = '0'.repeat(64);
const LAST_FIELD = new RegExp(`,\\n "${CHECKSUM_FIELD}": "([0-9a-f]{64})"\\n}\\n$`);
/** The number of bytes from the last field to the end of the file; they are plain ASCII. */
const TAIL_BYTES = `,\n "${CHECKSUM_FIELD}": "${NO_DIGITS}"\n}\n`.length;

export function formatSealedJson(value: object): Buffer {
  const bytes = Buffer.from(`${JSON.stringify({ ...value, [CHECKSUM_FIELD]: NO_DIGITS }, null, 1)}\n`);
  bytes.write(sha256(bytes), digitsAt(bytes), 'latin1');
  return bytes;
}

function digitsAt(file: Buffer): number {
  return file.length - TAIL_BYTES + `,\n "${CHECKSUM_FIELD}": "`.length;
}

export type SealedJson =
  | { readonly intact: true; readonly value: Record<string, unknown> }
  /** `problem` completes the sentence "the file …"; `value` is the content that could still be read. */
  | { readonly intact: false; readonly problem: string; readonly value: unknown };

/** Reads a file of {@link formatSealedJson}. Never throws: the result names the problem. */
export function readSealedJson(bytes: Uint8Array): SealedJson {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file));
  } catch {
    return { intact: false, problem: 'is not JSON', value: undefined };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { intact: false, problem: 'is not a JSON object', value };
  }
  const found = LAST_FIELD.exec(file.subarray(-TAIL_BYTES).toString('latin1'))?.[1];
  if (found === undefined) {
    return { intact: false, problem: `does not end with its own checksum, ${CHECKSUM_FIELD}`, value };
  }
  const blank = Buffer.from(file);
  blank.write(NO_DIGITS, digitsAt(blank), 'latin1');
  if (sha256(blank) !== found) {
    return {
      intact: false,
      problem: 'was changed after it was written: its own checksum does not fit',
      value,
    };
  }
  const { [CHECKSUM_FIELD]: _checksum, ...content } = value as Record<string, unknown>;
  return { intact: true, value: content };
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
