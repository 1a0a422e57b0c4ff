import { AgeFileError } from '../age/age-file-error.ts';
import { isEncrypted } from '../archive/codec/encode.ts';
import { openEncrypted } from '../archive/codec/open-encrypted.ts';
import type { ObjectCheck } from '../archive/codec/stored-bytes.ts';
import type { Manifest, ObjectPurpose } from '../archive/manifest.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { checkStoredBytes } from './check-object.ts';
import { checkText, type TextCheck } from './check-text.ts';

/** The content of the undamaged text objects of one backup. */
export type SoundTexts = Map<ObjectPurpose, Buffer>;

/** Checks an object that is not a chunk, which is small enough to be held in memory, and keeps it if it is undamaged. */
export async function checkTextObject(
  store: ObjectStore,
  object: Manifest['objects'][number],
  { server, encryption }: Pick<Manifest, 'server' | 'encryption'>,
  sound: SoundTexts,
  signal: AbortSignal | undefined,
): Promise<ObjectCheck> {
  const pieces: Uint8Array[] = [];
  const recipients = encryption?.recipients;
  const onPiece = (piece: Uint8Array) => pieces.push(piece);
  const check = await checkStoredBytes(store, object, { signal, recipients, onPiece });
  if (check.verdict !== 'match' || (isEncrypted(object.key) && !store.identities)) return check;
  const { content, problem } = await openText(store, object, Buffer.concat(pieces), server);
  if (problem !== undefined) return { ...check, verdict: 'damaged', problem };
  sound.set(object.purpose, content);
  return check;
}

async function openText(
  store: ObjectStore,
  object: Manifest['objects'][number],
  stored: Buffer,
  server: Manifest['server'],
): Promise<TextCheck> {
  async function* whole() {
    yield stored;
  }
  try {
    const opened = await Array.fromAsync(openEncrypted(store, object.key, whole()));
    return checkText(object, Buffer.concat(opened), server);
  } catch (error) {
    if (error instanceof AgeFileError) return { problem: error.message };
    throw error;
  }
}
