import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RETENTION_CLASSES } from '../../../../lib/contract/retention-classes.ts';
import {
  attemptPrefix,
  type BackupPlace,
  chunkName,
  isBackupId,
  manifestKey,
  manualBackupId,
  parseManifestKey,
  proofKey,
  scheduledBackupId,
} from '../../../../lib/engine/archive/keys.ts';

/** To the second, as ids are. */
const moment = fc
  .date({ min: new Date('2000-01-01T00:00:00Z'), max: new Date('2999-12-31T23:59:59Z'), noInvalidDate: true })
  .map((date) => new Date(Math.floor(date.getTime() / 1000) * 1000));

const place: fc.Arbitrary<BackupPlace> = fc.record({
  retentionClass: fc.constantFrom(...RETENTION_CLASSES),
  source: fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,62}$/),
  backupId: fc.oneof(moment.map(scheduledBackupId), moment.map(manualBackupId)),
});

describe('a key', () => {
  it('of a manifest says where the backup stands, and nothing else is taken for one', () => {
    fc.assert(
      fc.property(place, fc.string(), (one, other) => {
        expect(parseManifestKey(manifestKey(one))).toEqual(one);
        expect(parseManifestKey(proofKey(one))).toBeUndefined();
        expect(parseManifestKey(`${attemptPrefix(one, 'k3f9aqxz')}manifest.json`)).toBeUndefined();
        expect(parseManifestKey(`${other}/${manifestKey(one)}`)).toBeUndefined();
        const parsed = parseManifestKey(other);
        if (parsed) expect(manifestKey(parsed)).toBe(other);
      }),
    );
  });

  it('of a chunk is plain, whatever the table is called, and never that of another table', () => {
    const name = fc.string({ unit: 'binary', maxLength: 100 });
    const number = fc.integer({ min: 1, max: 99_999 });
    fc.assert(
      fc.property(name, name, number, number, fc.option(number), (schema, table, one, other, range) => {
        const key = chunkName(one, schema, table, range ?? undefined);
        expect(key).toMatch(/^data\/\d{4,}-[A-Za-z0-9._-]*\.copy\.zst$/);
        expect(key.slice('data/'.length)).not.toContain('/');
        if (one !== other) expect(chunkName(other, schema, table, range ?? undefined)).not.toBe(key);
      }),
    );
  });
});

describe('the id of a backup', () => {
  it('is known as one, and sorts as the moments do', () => {
    fc.assert(
      fc.property(moment, moment, (one, other) => {
        for (const id of [scheduledBackupId(one), manualBackupId(one)]) expect(isBackupId(id)).toBe(true);
        if (one < other) expect(manualBackupId(one) < scheduledBackupId(other)).toBe(true);
      }),
    );
  });
});
