import { describe, expect, it, test } from 'vitest';
import { liveDatabase, targetSettings } from '../../../../lib/cli/options/target-option.ts';

const READER = 'postgres://reader:a@db.example.com:5432/shop';
const OWNER = 'postgres://owner:b@db.example.com:5432/shop';
const ELSEWHERE = 'postgres://owner:b@db.example.com:5432/shop_new';

const chosen = (
  variables: { source?: string; target?: string },
  { url, intoSource = false }: { url?: string; intoSource?: boolean } = {},
) =>
  liveDatabase(url, intoSource, {
    LIFEBOAT_SOURCE_URL: variables.source,
    LIFEBOAT_TARGET_URL: variables.target,
  }).display;

describe('the live database', () => {
  test('is the one that --target names, whatever else is set', () => {
    expect(chosen({ source: READER, target: OWNER }, { url: ELSEWHERE, intoSource: true })).toBe(
      'owner@db.example.com:5432/shop_new',
    );
  });

  test('is the target of the environment, or else the source', () => {
    expect(chosen({ source: READER, target: ELSEWHERE })).toBe('owner@db.example.com:5432/shop_new');
    expect(chosen({ source: READER })).toBe('reader@db.example.com:5432/shop');
  });

  test('is the source for --into-source, though the environment names another target', () => {
    expect(chosen({ source: READER, target: ELSEWHERE }, { intoSource: true })).toBe(
      'reader@db.example.com:5432/shop',
    );
  });

  test('is opened for --into-source with the login of the target that is the same database', () => {
    expect(chosen({ source: READER, target: OWNER }, { intoSource: true })).toBe(
      'owner@db.example.com:5432/shop',
    );
  });

  test('must be named', () => {
    expect(() => chosen({}, { intoSource: true })).toThrow(
      expect.objectContaining({ code: 'target-not-named' }),
    );
  });
});

describe('the machine in between', () => {
  const source = { LIFEBOAT_SOURCE_URL: 'postgres://u@localhost/shop', LIFEBOAT_SSH: 'bastion' };

  it('is that of the source for the source alone', () => {
    const target = { ...source, LIFEBOAT_TARGET_URL: 'postgres://u@localhost/shop' };
    expect(targetSettings(undefined, target).ssh).toBeUndefined();
    expect(targetSettings(undefined, { ...target, LIFEBOAT_TARGET_SSH: 'other' }).ssh?.name).toBe('other');
    expect(targetSettings(undefined, target, 'ops@given').display).toBe(
      'u@localhost:5432 (by ssh ops@given)/shop',
    );
    expect(liveDatabase(undefined, false, source).ssh?.name).toBe('bastion');
    expect(liveDatabase(undefined, true, target).ssh?.name).toBe('bastion');
    expect(liveDatabase(undefined, false, target).ssh).toBeUndefined();
    expect(liveDatabase(undefined, true, source, 'given').ssh?.name).toBe('given');
  });
});
