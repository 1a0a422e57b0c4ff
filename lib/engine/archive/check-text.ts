import { isUtf8 } from 'node:buffer';
import { zstdDecompressSync } from 'node:zlib';
import { messageOf } from '../errors.ts';
import { parseFingerprint } from '../fingerprint/serialize-fingerprint.ts';
import { splitStatements } from '../sql-script/statements.ts';
import type { Manifest, ObjectPurpose } from './manifest.ts';
import { ZstdFrame } from './zstd-frame.ts';

/** SQL that is made from the source's catalog: in the source's own bytes when it has no encoding. */
const SQL: ReadonlySet<ObjectPurpose> = new Set([
  'roles',
  'database',
  'pre-data',
  'post-data',
  'sequences',
  'large-object-metadata',
]);

const SHELL = Buffer.from('#!/bin/sh\n');

/**
 * What is wrong with the content of an object that is not a chunk, its stored bytes being those that were written.
 * Undefined: nothing. What it says is never the text itself.
 */
export function textProblem(
  purpose: ObjectPurpose,
  bytes: Buffer,
  server: Pick<Manifest['server'], 'encoding'>,
): string | undefined {
  try {
    if (purpose === 'fingerprint') checkFingerprint(bytes);
    else checkText(purpose, bytes, server.encoding);
    return undefined;
  } catch (error) {
    return `is not what it should be: ${messageOf(error)}`;
  }
}

function checkText(purpose: ObjectPurpose, bytes: Buffer, encoding: string): void {
  if (bytes.includes(0)) throw new Error('it holds a NUL byte, which no text of a catalog can');
  if (!(encoding === 'SQL_ASCII' && SQL.has(purpose)) && !isUtf8(bytes)) {
    throw new Error('it is not valid UTF-8');
  }
  if (SQL.has(purpose)) splitStatements(bytes.toString('latin1'));
  if (purpose === 'restore-script' && !bytes.subarray(0, SHELL.length).equals(SHELL)) {
    throw new Error('it does not start as a shell script');
  }
}

function checkFingerprint(bytes: Buffer): void {
  const frame = new ZstdFrame();
  frame.update(bytes);
  frame.finish();
  parseFingerprint(zstdDecompressSync(bytes), 'it');
}
