import { isUtf8 } from 'node:buffer';
import type { Manifest, ObjectPurpose } from './manifest.ts';

/** Objects whose text comes from the source's catalog, in the source's own bytes when it has no encoding. */
const SOURCE_TEXT: readonly ObjectPurpose[] = [
  'roles',
  'database',
  'pre-data',
  'post-data',
  'sequences',
  'large-object-metadata',
];

/**
 * What is wrong with the content of an object that is not a chunk, its stored bytes being those that were written.
 * Undefined: nothing. What it says is never the text itself.
 */
export function textProblem(
  purpose: ObjectPurpose,
  bytes: Buffer,
  server: Pick<Manifest['server'], 'encoding'>,
): string | undefined {
  if (bytes.includes(0)) return 'holds a NUL byte, which no text of a catalog can';
  const anyBytes = server.encoding === 'SQL_ASCII' && SOURCE_TEXT.includes(purpose);
  if (!anyBytes && !isUtf8(bytes)) return 'is not valid UTF-8';
  if (purpose === 'fingerprint') return isJsonObject(bytes) ? undefined : 'is not a JSON object';
  if (purpose === 'restore-script' && !bytes.subarray(0, 10).equals(Buffer.from('#!/bin/sh\n'))) {
    return 'does not start as a shell script';
  }
  return undefined;
}

function isJsonObject(bytes: Buffer): boolean {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
