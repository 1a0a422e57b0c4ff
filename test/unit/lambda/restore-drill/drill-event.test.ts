import { describe, expect, it } from 'vitest';
import { drillReference } from '../../../../lambda/restore-drill/drill-event.ts';

describe('an event of the drill function', () => {
  it.each([
    [undefined, 'latest'],
    [{}, 'latest'],
    [{ backup: 'latest' }, 'latest'],
    [{ backup: '20261120T020000Z' }, '20261120T020000Z'],
    [{ backup: 'weekly/app/20261120T020000Z' }, 'weekly/app/20261120T020000Z'],
    [{ manifestKey: 'daily/app/20261120T020000Z/manifest.json' }, 'daily/app/20261120T020000Z'],
  ])('%j names %s', (event, reference) => {
    expect(drillReference(event, 'app')).toBe(reference);
  });

  it.each([
    [{ backup: '' }, 'backup: '],
    [{ backpu: 'latest' }, 'backpu'],
    [{ manifestKey: 'daily/app/20261120T020000Z/k3f9aqxz/data/0001.copy.zst' }, 'not the key of a manifest'],
    [{ manifestKey: 'daily/billing/20261120T020000Z/manifest.json' }, 'belongs to another source than app'],
    ['latest', 'Expected Object'],
  ])('%j is refused', (event, says) => {
    expect(() => drillReference(event, 'app')).toThrow(says);
  });
});
