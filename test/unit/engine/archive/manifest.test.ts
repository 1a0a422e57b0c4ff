import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RETENTION_CLASSES } from '../../../../lib/contract/retention-classes.ts';
import {
  ARCHIVE_FORMAT,
  formatManifest,
  type Manifest,
  OBJECT_PURPOSES,
  parseManifest,
} from '../../../../lib/engine/archive/manifest.ts';

const text = fc.string({ unit: 'binary' });
const count = fc.maxSafeNat();
const digest = fc.stringMatching(/^[0-9a-f]{16}$/);
const instant = fc
  .date({ min: new Date(0), max: new Date('2999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString());
const orNull = <T>(one: fc.Arbitrary<T>) => fc.option(one);
const few = <T>(one: fc.Arbitrary<T>) => fc.array(one, { maxLength: 3 });
const named = fc.record({ schema: text, name: text });

const stored = {
  key: fc.string({ unit: 'binary', minLength: 1 }),
  sizeBytes: count,
  sha256: fc.stringMatching(/^[0-9a-f]{64}$/),
};
const contents = { rows: count, digest, rawBytes: count };
const chunks = few(
  fc.record(
    { ...stored, ...contents, pages: fc.record({ from: count, to: orNull(count) }) },
    { requiredKeys: ['key', 'sizeBytes', 'sha256', 'rows', 'digest', 'rawBytes'] },
  ),
);
const table = fc.record(
  {
    schema: text,
    name: text,
    columns: few(text),
    generatedColumns: few(text),
    partitionRoot: named,
    condition: text,
    dataLeftOut: text,
    ...contents,
    chunks,
  },
  { requiredKeys: ['schema', 'name', 'columns', 'generatedColumns', 'rows', 'digest', 'rawBytes', 'chunks'] },
);
const sequence = fc.record({
  schema: text,
  name: text,
  lastValue: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  isCalled: fc.boolean(),
});

const manifest: fc.Arbitrary<Manifest> = fc
  .record({
    format: fc.constant(ARCHIVE_FORMAT),
    backupId: text,
    retentionClass: fc.constantFrom(...RETENTION_CLASSES),
    source: text,
    attempt: text,
    scope: fc.constantFrom('full' as const, 'schema-only' as const),
    startedAt: instant,
    sealedAt: instant,
    durationMs: count,
    lifeboatVersion: text,
    pgDumpVersion: text,
    server: fc.record({
      version: text,
      versionNumber: count,
      hostProfile: text,
      database: text,
      databaseOid: count,
      encoding: text,
      localeProvider: text,
      collate: orNull(text),
      ctype: orNull(text),
      locale: orNull(text),
      icuRules: orNull(text),
      systemIdentifier: orNull(text),
      timeline: orNull(count),
      standby: fc.boolean(),
    }),
    snapshot: fc.record({ takenAt: instant, snapshot: text, lsn: orNull(text) }),
    tables: few(table),
    sequences: few(sequence),
    largeObjects: fc.record({ count, ...contents, chunks }),
    objects: few(fc.record({ ...stored, purpose: fc.constantFrom(...OBJECT_PURPOSES) })),
    extensions: few(fc.record({ name: text, version: text, schema: text })),
    roles: few(text),
  })
  .chain((part) =>
    fc
      .record({
        leftOut: few(fc.record({ name: text, what: text, reason: text })),
        placeholders: few(fc.record({ name: text, placeholder: text })),
        totals: fc.record({ rows: count, rawBytes: count, storedBytes: count }),
      })
      .map((rest) => ({ ...part, ...rest })),
  );

it('a manifest is read as it was written, and the same bytes are written of it again', () => {
  fc.assert(
    fc.property(manifest, (one) => {
      const bytes = formatManifest(one);
      const read = parseManifest(bytes, 'manifest.json');
      expect(read).toEqual(one);
      expect(formatManifest(read).equals(bytes)).toBe(true);
    }),
  );
});

it('a manifest of which any byte was changed is refused', () => {
  fc.assert(
    fc.property(manifest, fc.nat(), fc.integer({ min: 1, max: 255 }), (one, at, change) => {
      const bytes = Buffer.from(formatManifest(one));
      const position = at % bytes.length;
      bytes[position] = (bytes[position] ?? 0) ^ change;
      expect(() => parseManifest(bytes, 'manifest.json')).toThrow(/is not a valid manifest|archive format/);
    }),
  );
});
