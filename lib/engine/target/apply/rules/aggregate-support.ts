import { wordOf } from '../../../sql-script/tokens.ts';
import type { Rule } from './rule.ts';

/** An older server creates the aggregate without its support function, and only warns. */
export const aggregateSupport: Rule = ({ target, tokens }, { capabilities }) => {
  if (target.verb !== 'CREATE' || target.objectType !== 'AGGREGATE' || capabilities.aggregateSupport) {
    return undefined;
  }
  const inside = tokens();
  const has = inside.some(
    (token, at) => token.depth === 1 && wordOf(token) === 'SUPPORT' && inside[at + 1]?.text === '=',
  );
  return has
    ? { reason: 'the target has no support functions of aggregates, which are new in 19' }
    : undefined;
};
