import { expect, it } from 'vitest';
import { callsPerRow } from '../../../../../lib/engine/health/measures/calls-per-row.ts';

const names = new Map([
  ['16400', 'auth.uid'],
  ['16401', 'public.may_see'],
]);
const call = (id: number, args: string) =>
  `{FUNCEXPR :funcid ${id} :funcresulttype 2950 :args ${args} :location 5}`;
const VAR = '{VAR :varno 1 :varattno 2 :varlevelsup 0}';

it('a call whose arguments do not depend on the row is found', () => {
  expect(callsPerRow(`{OPEXPR :args (${call(16400, '<>')} ${VAR})}`, names)).toEqual(['auth.uid']);
  expect(callsPerRow(call(16401, '({CONST :consttype 25 :constvalue 4 [ 1 2 ]})'), names)).toEqual([
    'public.may_see',
  ]);
});

it('not if it does, or if it stands in a sub-SELECT, or is not looked for', () => {
  expect(callsPerRow(call(16401, `(${VAR})`), names)).toEqual([]);
  expect(callsPerRow(call(16401, `(${call(16402, `(${VAR})`)})`), names)).toEqual([]);
  expect(callsPerRow(`{SUBLINK :subselect {QUERY :targetList (${call(16400, '<>')})}}`, names)).toEqual([]);
  expect(callsPerRow(call(16402, '<>'), names)).toEqual([]);
});

it('braces in a name, and a tree that is cut, do not mislead it', () => {
  const alias = '{ALIAS :aliasname \\{SUBLINK\\ \\} :colnames <>}';
  expect(callsPerRow(`{OPEXPR :args (${alias} ${call(16400, '<>')})}`, names)).toEqual(['auth.uid']);
  expect(callsPerRow(`}} ${call(16400, '<>')} {OPEXPR`, names)).toEqual(['auth.uid']);
  expect(callsPerRow('', names)).toEqual([]);
});
