import type { BackupPlace } from '../archive/keys.ts';
import { formatSealedJson } from '../archive/sealed-json.ts';
import { LifeboatError, messageOf } from '../ground/errors.ts';
import { ObjectExistsError, type ObjectStore } from '../storage/object-store.ts';
import { type Envelope, envelopeFields, PAYLOAD_TYPE, preAuthenticationEncoding } from './envelope.ts';
import { recordKey } from './record-keys.ts';
import type { Signer } from './signing-key.ts';
import { formatStatement, type Statement } from './statement.ts';

export interface RecordToKeep {
  readonly store: ObjectStore;
  readonly place: BackupPlace;
  readonly statement: Statement;
  readonly at: Date;
  /** @default nobody signs */
  readonly signer?: Signer | undefined;
}

/** What became of a record. The failures are told by the caller: a record never makes fail what it is about. */
export interface KeptRecord {
  /** Undefined if the vault did not take it. */
  readonly key: string | undefined;
  readonly signing: 'signed' | 'unsigned' | 'failed';
  /** Sentences about what could not be done. */
  readonly problems: readonly string[];
}

/** A vault that hangs must not keep a restore from its end. */
const LONGEST_MS = 20_000;

/**
 * Writes what happened to a backup, as a statement in an envelope, and never throws. If it cannot be signed, it is written
 * without a signature, and the answer says so.
 */
export async function keepRecord({ store, place, statement, at, signer }: RecordToKeep): Promise<KeptRecord> {
  const problems: string[] = [];
  // Also after an interruption: that a restore was interrupted is worth recording.
  const signal = AbortSignal.timeout(LONGEST_MS);
  const payload = formatStatement(statement);
  let envelope: Envelope = { payloadType: PAYLOAD_TYPE, payload, signatures: [] };
  if (signer) {
    try {
      const bytes = await signer.sign(preAuthenticationEncoding(PAYLOAD_TYPE, payload), { signal });
      envelope = { ...envelope, signatures: [{ keyId: signer.keyId, bytes }] };
    } catch (error) {
      problems.push(`The record for auditors could not be signed: ${wordsOf(error)}`);
    }
  }
  const signing = envelope.signatures.length > 0 ? 'signed' : signer ? 'failed' : 'unsigned';
  const key = recordKey(statement.kind, place, at);
  try {
    const file = formatSealedJson(envelopeFields(envelope));
    await store.put(key, file, { contentType: 'application/json', signal });
  } catch (error) {
    // A lost answer: the key has a time to the millisecond.
    if (!(error instanceof ObjectExistsError)) {
      return {
        key: undefined,
        signing,
        problems: [...problems, `The record for auditors was not kept: ${wordsOf(error)}`],
      };
    }
  }
  return { key, signing, problems };
}

function wordsOf(error: unknown): string {
  return error instanceof LifeboatError ? error.what : messageOf(error);
}
