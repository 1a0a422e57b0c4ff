import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { LifeboatError } from '../ground/errors.ts';
import { firstFault } from '../ground/shapes.ts';
import { type Fingerprint, type FingerprintEntry, OBJECT_KINDS } from './fingerprint.ts';
import { forgetGoneRoles } from './forget-gone-roles.ts';
import { withoutServerOptions } from './own-options.ts';

const factValue = v.union([v.string(), v.number(), v.boolean(), v.array(v.string())]);
const facts = v.record(v.string(), factValue);
const objectName = v.strictObject({ kind: v.picklist(OBJECT_KINDS), name: v.string() });

const entry = v.strictObject({
  ...objectName.entries,
  parent: v.optional(objectName),
  facts,
  text: v.optional(facts),
  notes: v.optional(facts),
});

const fingerprint = v.strictObject({
  format: v.literal(1),
  serverVersionNumber: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  entries: v.array(entry),
});

/** Writes one JSON object with one entry per line, so that two fingerprints can be compared with diff. */
export function serializeFingerprint({ format, serverVersionNumber, entries }: Fingerprint): string {
  const head = `{"format":${format},"serverVersionNumber":${serverVersionNumber},"entries":[`;
  return `${head}\n${entries.map((one) => JSON.stringify(one)).join(',\n')}\n]}\n`;
}

/**
 * The reverse of {@link serializeFingerprint}. Removes options that a server set by itself, which older
 * versions of Lifeboat took for options of the user. Throws `fingerprint-invalid`, which names the first
 * invalid field.
 */
export function parseFingerprint(bytes: Uint8Array, key: string): Fingerprint {
  const invalid = (why: string, cause?: unknown) =>
    new LifeboatError({
      code: 'fingerprint-invalid',
      kind: 'verification',
      what: `${key} is not a valid fingerprint: ${why}.`,
      meaning: 'Lifeboat cannot compare what this backup restores with its source.',
      remedy: 'Use the Lifeboat version that wrote it, or a newer one, or take another backup.',
      cause,
    });
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw invalid('it is not JSON', cause);
  }
  const parsed = v.safeParse(fingerprint, json);
  if (!parsed.success) throw invalid(firstFault(parsed.issues));
  const { serverVersionNumber } = parsed.output;
  const entries = (parsed.output.entries as FingerprintEntry[]).map((one) => withoutServerOptions(one));
  return { ...parsed.output, entries: forgetGoneRoles(entries, Math.floor(serverVersionNumber / 10_000)) };
}

/**
 * SHA-256 of the entries. It is the same before and after a backup, unless somebody changed the schema
 * meanwhile. Large objects are left out: an application creates and drops them like rows, and the snapshot
 * shows them as they were.
 */
export function hashOfFingerprint({ entries }: Fingerprint): string {
  const hash = createHash('sha256');
  for (const { kind, name, parent, facts, text, notes } of entries) {
    if (kind === 'large objects') continue;
    hash.update(`${JSON.stringify([kind, name, parent?.kind, parent?.name, facts, text, notes])}\n`);
  }
  return hash.digest('hex');
}
