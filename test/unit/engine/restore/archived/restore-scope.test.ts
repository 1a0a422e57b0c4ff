import { describe, expect, it } from 'vitest';
import { scopeOf } from '../../../../../lib/engine/restore/archived/restore-scope.ts';

describe('what a restore remembers of what it was asked', () => {
  it('is only what was said', () => {
    expect(scopeOf({ tables: ['orders'], schemas: [], noOwner: false, roles: 'all', mapRoles: {} })).toEqual({
      tables: ['orders'],
      roles: 'all',
    });
  });

  it('has every role that is another in the target, whatever it is called', () => {
    const mapRoles = { app: 'shop', constructor: 'builder', prototype: 'first' };
    expect(scopeOf({ mapRoles })).toEqual({ mapRoles });
  });
});
