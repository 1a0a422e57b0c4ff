import * as v from 'valibot';
import { readSealedJson } from '../archive/sealed-json.ts';

/** What a payload is, for every signature (in-toto Attestation Framework, "Envelope layer specification"). */
export const PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/** No record of Lifeboat is larger: it names at most a hundred findings. */
export const MOST_RECORD_BYTES = 1024 * 1024;

export interface EnvelopeSignature {
  /** A hint which key signed. It is not part of what was signed, so nothing may be concluded from it. */
  readonly keyId: string;
  readonly bytes: Buffer;
}

/** A DSSE envelope (github.com/secure-systems-lab/dsse, envelope.md 1.0.2). Without signatures nobody vouches for it. */
export interface Envelope {
  readonly payloadType: string;
  readonly payload: Buffer;
  readonly signatures: readonly EnvelopeSignature[];
}

export type ReadEnvelope =
  | { readonly envelope: Envelope }
  /** Completes the sentence "this record …". */
  | { readonly envelope?: undefined; readonly problem: string };

/** DSSE allows both alphabets of base64, and consumers ignore fields that they do not know. */
const base64 = v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/_-]*={0,2}$/, 'is not base64'));
const schema = v.object({
  payloadType: v.string(),
  payload: base64,
  signatures: v.pipe(v.array(v.object({ keyid: v.optional(v.string(), ''), sig: base64 })), v.maxLength(16)),
});

/** What a signature is made of (DSSE, protocol.md, "PAE"): so no other kind of message can pass for this one. */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Buffer {
  const type = Buffer.from(payloadType, 'utf8');
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${type.length} `),
    type,
    Buffer.from(` ${payload.length} `),
    payload,
  ]);
}

/** The fields of an envelope's file. */
export function envelopeFields({ payloadType, payload, signatures }: Envelope) {
  return {
    payloadType,
    payload: payload.toString('base64'),
    signatures: signatures.map(({ keyId, bytes }) => ({ keyid: keyId, sig: bytes.toString('base64') })),
  };
}

/** Reads an envelope, of Lifeboat or of anybody: one of Lifeboat ends with its own checksum. Never throws. */
export function readEnvelope(file: Uint8Array): ReadEnvelope {
  if (file.length > MOST_RECORD_BYTES) return { problem: 'is larger than any record of Lifeboat' };
  const json = readSealedJson(file);
  if (!json.intact && json.problem.startsWith('was changed')) return { problem: json.problem };
  const read = v.safeParse(schema, json.value);
  if (!read.success) return { problem: 'is not a DSSE envelope' };
  const { payloadType, payload, signatures } = read.output;
  return {
    envelope: {
      payloadType,
      payload: Buffer.from(payload, 'base64'),
      signatures: signatures.map(({ keyid, sig }) => ({ keyId: keyid, bytes: Buffer.from(sig, 'base64') })),
    },
  };
}
