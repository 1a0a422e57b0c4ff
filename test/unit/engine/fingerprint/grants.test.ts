import { describe, expect, it } from 'vitest';
import type { AclItem } from '../../../../lib/engine/catalog/acl-items.ts';
import {
  describeGrants,
  grantLines,
  sameGrantsButMaintain,
} from '../../../../lib/engine/fingerprint/grants.ts';

const UNTIL_16 = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER'];
const SINCE_17 = [...UNTIL_16, 'MAINTAIN'];

function items(
  grantee: string | null,
  privileges: readonly string[],
  { grantable = false, by = 'owner' } = {},
): AclItem[] {
  return privileges.map((privilege) => [grantee, privilege, grantable, by]);
}

describe('grants', () => {
  it('on a table of 16 and of 18 are the same although 17 brought MAINTAIN', () => {
    const older = [...items('owner', UNTIL_16), ...items('app', UNTIL_16), ...items('reader', ['SELECT'])];
    const newer = [...items('owner', SINCE_17), ...items('app', SINCE_17), ...items('reader', ['SELECT'])];
    expect(describeGrants('table', 'owner', older, 16)).toEqual(['app=ALL', 'owner=ALL', 'reader=SELECT']);
    expect(describeGrants('table', 'owner', newer, 18)).toEqual(describeGrants('table', 'owner', older, 16));
  });

  it('that lack MAINTAIN on 18 are not all', () => {
    expect(describeGrants('table', 'owner', items('app', UNTIL_16), 18)).toEqual([
      'app=DELETE,INSERT,REFERENCES,SELECT,TRIGGER,TRUNCATE,UPDATE',
    ]);
  });

  it('that only spell out what every such object has are none', () => {
    expect(describeGrants('table', 'owner', null, 18)).toBeUndefined();
    expect(describeGrants('table', 'owner', items('owner', SINCE_17), 18)).toBeUndefined();
    expect(
      describeGrants('function', 'owner', [...items(null, ['EXECUTE']), ...items('owner', ['EXECUTE'])], 18),
    ).toBeUndefined();
    expect(describeGrants('column', 'owner', [], 18)).toBeUndefined();
  });

  it('that were all revoked are told apart from none', () => {
    expect(describeGrants('table', 'owner', [], 18)).toEqual(['none']);
    expect(describeGrants('function', 'owner', items('owner', ['EXECUTE']), 18)).toEqual(['owner=ALL']);
  });

  it('tell PUBLIC from a role of that name, the grant option, and a grantor that is not the owner', () => {
    expect(
      grantLines(
        'schema',
        'owner',
        [
          ...items(null, ['USAGE']),
          ...items('PUBLIC', ['USAGE'], { grantable: true }),
          ...items('app', ['CREATE', 'USAGE'], { by: 'Other' }),
          ...items('both', ['CREATE']),
          ...items('both', ['USAGE'], { grantable: true }),
        ],
        18,
      ),
    ).toEqual([
      '"PUBLIC"=USAGE with grant option',
      'PUBLIC=USAGE',
      'app=ALL by "Other"',
      'both=CREATE',
      'both=USAGE with grant option',
    ]);
  });
});

describe('grants of a server before 17 and of one since', () => {
  it.each<[readonly string[] | undefined, readonly string[] | undefined, boolean]>([
    // REVOKE of some privileges from the owner leaves it what the older server did not know.
    [['owner=INSERT,SELECT'], ['owner=INSERT,MAINTAIN,SELECT'], true],
    [['none'], ['owner=MAINTAIN'], true],
    [['app=ALL by o=x'], ['app=DELETE,INSERT,REFERENCES,SELECT,TRIGGER,TRUNCATE,UPDATE by o=x'], true],
    [['app=SELECT with grant option'], ['app=MAINTAIN,SELECT with grant option'], true],
    [['app=SELECT with grant option'], ['app=SELECT'], false],
    [['owner=INSERT'], ['owner=INSERT,MAINTAIN,SELECT'], false],
    [undefined, ['owner=MAINTAIN'], false],
    [undefined, ['none'], false],
    [undefined, undefined, true],
  ])('%j and %j', (older, newer, same) => {
    expect(sameGrantsButMaintain(older, newer)).toBe(same);
  });
});
