import { describe, expect, it } from 'vitest';
import type { FingerprintItem } from '../../../../lib/engine/fingerprint/compare-fingerprints.ts';
import { Excused } from '../../../../lib/engine/proof/excused.ts';
import type { SkippedStatement } from '../../../../lib/engine/target/apply/apply-schema.ts';

const reason = 'the target lacks it';

function missing(kind: FingerprintItem['kind'], name: string): FingerprintItem {
  return { kind, name, verdict: 'missing', layer: 'facts' };
}

function storedAs(source: string, target: string | undefined): FingerprintItem {
  const differences = [{ fact: 'accessMethod', source, target }];
  return { kind: 'table', name: 'shop.t', verdict: 'differs', layer: 'facts', differences };
}

describe('what a skipped statement explains', () => {
  it.each<[SkippedStatement, FingerprintItem]>([
    [
      { kind: 'cast', name: 'CAST (shop.mood AS integer)', statement: 'CREATE CAST', lost: 'object', reason },
      missing('cast', '(shop.mood AS integer)'),
    ],
    [
      {
        kind: 'transform',
        name: 'TRANSFORM FOR shop.mood LANGUAGE odd lang',
        statement: 'CREATE TRANSFORM',
        lost: 'object',
        reason,
      },
      missing('transform', 'for shop.mood on language "odd lang"'),
    ],
    [
      { kind: 'setting', name: 'default_table_access_method', statement: 'SET', lost: 'property', reason },
      storedAs('columnar', undefined),
    ],
  ])('$0.statement $0.name', (statement, item) => {
    expect(new Excused([statement]).explains(item)).toBe(true);
    expect(new Excused([]).explains(item)).toBe(false);
  });

  it('is nothing else: another cast, a table that is stored by another method than a heap', () => {
    const cast = {
      kind: 'cast',
      name: 'CAST (a AS b)',
      statement: 'CREATE CAST',
      lost: 'object',
      reason,
    } as const;
    const method = {
      kind: 'setting',
      name: 'default_table_access_method',
      statement: 'SET',
      lost: 'property',
      reason,
    } as const;
    const excused = new Excused([cast, method]);
    expect(excused.explains(missing('cast', '(a AS c)'))).toBe(false);
    expect(excused.explains(storedAs('columnar', 'other'))).toBe(false);
  });
});
