import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatLsn, parseLsn } from '../../../../lib/engine/pgoutput/lsn.ts';

it('reads what it prints', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }), (lsn) => {
      expect(parseLsn(formatLsn(lsn))).toBe(lsn);
    }),
  );
});

it('prints as PostgreSQL does', () => {
  expect(formatLsn(0x16_b374_d848n)).toBe('16/B374D848');
  expect(formatLsn(0n)).toBe('0/0');
});

it.each(['', '16', '16/', '/1', '16/B374D8481', 'x/1', '1/1 ', '-1/1'])('does not read %j', (text) => {
  expect(parseLsn(text)).toBeUndefined();
});
