import { expect, it } from 'vitest';
import type { FingerprintEntry } from '../../../../lib/engine/fingerprint/fingerprint.ts';
import { forgetGoneRoles } from '../../../../lib/engine/fingerprint/forget-gone-roles.ts';

const GONE = '"unknown (OID=16393)"';

function grantsLeft(kind: FingerprintEntry['kind'], grants: string[], name = 'public.t') {
  return forgetGoneRoles([{ kind, name, facts: { owner: 'me', grants } }], 18).map(
    ({ facts }) => facts.grants,
  );
}

it('forgets what was granted to roles that are gone, and who they were that granted', () => {
  expect(grantsLeft('table', [`${GONE}=SELECT`, 'app=SELECT', 'me=ALL'])).toEqual([['app=SELECT', 'me=ALL']]);
  expect(grantsLeft('table', [`${GONE}=SELECT`, 'me=ALL'])).toEqual([undefined]);
  expect(grantsLeft('column', [`${GONE}=UPDATE`])).toEqual([undefined]);
  expect(grantsLeft('function', ['PUBLIC=ALL', `${GONE}=ALL`, 'me=ALL'])).toEqual([undefined]);
  expect(grantsLeft('function', [`${GONE}=ALL`])).toEqual([['none']]);
  expect(grantsLeft('table', [`app=SELECT with grant option by ${GONE}`, 'app=UPDATE', 'me=ALL'])).toEqual([
    ['app=SELECT with grant option', 'app=UPDATE', 'me=ALL'],
  ]);
  expect(grantsLeft('table', ['app=SELECT', 'me=ALL'])).toEqual([['app=SELECT', 'me=ALL']]);
});

it('forgets default privileges of which nothing is left', () => {
  const left = (name: string, grants: string[]) => grantsLeft('default privileges', grants, name);
  expect(left('for role me in schema public on tables', [`${GONE}=SELECT`])).toEqual([]);
  expect(left('for role me in schema public on tables', [`${GONE}=SELECT`, 'app=SELECT'])).toEqual([
    ['app=SELECT'],
  ]);
  expect(left('for role me on functions', ['PUBLIC=ALL', `${GONE}=ALL`, 'me=ALL'])).toEqual([]);
  expect(left('for role me on functions', [`${GONE}=ALL`, 'me=ALL'])).toEqual([['me=ALL']]);
  expect(left(`for role ${GONE} on tables`, ['app=SELECT'])).toEqual([]);
});

it('forgets a policy for nobody', () => {
  const policy = (roles: string[]) =>
    forgetGoneRoles([{ kind: 'policy', name: 'p on public.t', facts: { command: 'all', roles } }], 18);
  expect(policy([GONE])).toEqual([]);
  expect(policy(['app', GONE])[0]?.facts.roles).toEqual(['app']);
  expect(policy(['PUBLIC'])[0]?.facts.roles).toEqual(['PUBLIC']);
});
