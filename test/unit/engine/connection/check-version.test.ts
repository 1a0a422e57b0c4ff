import { describe, expect, it } from 'vitest';
import {
  checkServerVersion,
  NEWEST_MAJOR,
  OLDEST_MAJOR,
} from '../../../../lib/engine/connection/check-version.ts';

describe('a source of another major version', () => {
  it.each([OLDEST_MAJOR, 15, 18, NEWEST_MAJOR])('%d is backed up', (major) => {
    expect(() => checkServerVersion(major)).not.toThrow();
  });

  it('20 is refused by name', () => {
    expect(() => checkServerVersion(20)).toThrow(/PostgreSQL 20; this Lifeboat backs up 13 to 19/);
  });

  it('12 is refused by name', () => {
    expect(() => checkServerVersion(12)).toThrow(/PostgreSQL 12; Lifeboat backs up 13 and later/);
  });
});
