import { TokenReader } from '../../../sql-script/tokens.ts';
import type { Rule, RuleContext } from './rule.ts';

/** An access method changes only how a table is stored. Without it, the table becomes a heap. */
export const tableAccessMethods: Rule = ({ target, tokens }, context) => {
  if (target.verb === 'SET' && target.name === 'default_table_access_method') {
    return unknown(target.value, context, 'SET default_table_access_method = heap');
  }
  if (target.action !== 'SET ACCESS METHOD') return undefined;
  const reader = new TokenReader(tokens());
  if (reader.seekWord('METHOD')) reader.skip();
  return unknown(reader.readName(), context);
};

function unknown(method: string | undefined, { capabilities, made, leftOut }: RuleContext, instead?: string) {
  if (method === undefined || capabilities.tableAccessMethods.has(method)) return undefined;
  // The dump itself creates this method, with a handler that the target has.
  if (made.has('access method', method) && !leftOut.has('access method', method)) return undefined;
  const reason = `the target has no table access method ${method}: a table that uses it is a heap there`;
  return instead === undefined ? { reason } : { reason, instead };
}
