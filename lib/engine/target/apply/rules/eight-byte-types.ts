import { wordOf } from '../../../sql-script/tokens.ts';
import type { Rule } from './rule.ts';

/** Leaves out base types of eight bytes that are passed by value: a 32-bit server has no room for them. */
export const eightByteTypes: Rule = ({ target, tokens }, { capabilities }) => {
  if (target.typeKind !== 'base' || capabilities.passesEightBytesByValue) return undefined;
  const inside = tokens().filter(({ depth }) => depth === 1);
  const isEightBytes = inside.some(
    (token, at) =>
      wordOf(token) === 'INTERNALLENGTH' && inside[at + 1]?.text === '=' && inside[at + 2]?.text === '8',
  );
  const isPassedByValue = inside.some((token) => wordOf(token) === 'PASSEDBYVALUE');
  return isEightBytes && isPassedByValue
    ? { reason: 'the target is a 32-bit server, which cannot pass eight bytes by value' }
    : undefined;
};
