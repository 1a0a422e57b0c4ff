import { expect, it } from 'vitest';
import { checkClock } from '../../../../lib/engine/backup/check-clock.ts';

const MINUTE = 60_000;

it('refuses a clock that is fast by the source and by the vault, as far as it has one', () => {
  for (const ofVaultMs of [undefined, 20 * MINUTE]) {
    expect(() => checkClock({ ofSourceMs: 20 * MINUTE, ofVaultMs })).toThrow('1200 s ahead of the source');
  }
});

it('believes the vault where only the source says otherwise, and tells', () => {
  expect(checkClock({ ofSourceMs: 20 * MINUTE, ofVaultMs: 1000 })).toContain('1200 s ahead of');
  expect(checkClock({ ofSourceMs: -20 * MINUTE, ofVaultMs: undefined })).toContain('1200 s behind');
});

it('says nothing of what does not matter', () => {
  expect(checkClock({ ofSourceMs: 30_000, ofVaultMs: undefined })).toBeUndefined();
});
