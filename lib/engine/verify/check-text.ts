import { isUtf8 } from 'node:buffer';
import { contentOf } from '../archive/codec/decode.ts';
import { isCompressed } from '../archive/codec/encode.ts';
import { requireOneFrame } from '../archive/codec/zstd-frame.ts';
import type { Manifest, ObjectPurpose } from '../archive/manifest.ts';
import { parseFingerprint } from '../fingerprint/serialize-fingerprint.ts';
import { messageOf } from '../ground/errors.ts';
import { splitStatements } from '../sql-script/statements.ts';

/** SQL from the source's catalog. If the source has no encoding, its bytes are the source's own. */
const SQL: ReadonlySet<ObjectPurpose> = new Set([
  'roles',
  'database',
  'pre-data',
  'post-data',
  'sequences',
  'large-object-metadata',
]);

const SHELL = Buffer.from('#!/bin/sh\n');

/** The content of an undamaged text, or `problem`, which completes the sentence "this object …". */
export type TextCheck =
  | { readonly content: Buffer; readonly problem?: undefined }
  | { readonly content?: undefined; readonly problem: string };

/**
 * Checks the content of an object that is not a chunk. Its stored bytes must already be checked. The problem
 * never quotes the text itself.
 */
export function checkText(
  { purpose, key }: Pick<Manifest['objects'][number], 'purpose' | 'key'>,
  stored: Buffer,
  { encoding }: Pick<Manifest['server'], 'encoding'>,
): TextCheck {
  try {
    if (isCompressed(key)) requireOneFrame(stored);
    const content = contentOf(key, stored);
    if (purpose === 'fingerprint') parseFingerprint(content, 'it');
    else checkPlainText(purpose, content, encoding);
    return { content };
  } catch (error) {
    return { problem: `has wrong content: ${messageOf(error)}` };
  }
}

function checkPlainText(purpose: ObjectPurpose, bytes: Buffer, encoding: string): void {
  if (bytes.includes(0)) throw new Error('it holds a NUL byte, which no text of a catalog can');
  if (!(encoding === 'SQL_ASCII' && SQL.has(purpose)) && !isUtf8(bytes)) {
    throw new Error('it is not valid UTF-8');
  }
  if (SQL.has(purpose)) splitStatements(bytes.toString('latin1'));
  if (purpose === 'restore-script' && !bytes.subarray(0, SHELL.length).equals(SHELL)) {
    throw new Error('it does not start as a shell script');
  }
}
