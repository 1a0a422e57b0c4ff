import { TokenReader } from '../../../sql-script/tokens.ts';
import type { Rule } from './rule.ts';

/** How a table is stored, not what it holds: without its access method it becomes a heap. */
export const tableAccessMethods: Rule = ({ target, tokens }, { capabilities }) => {
  if (target.verb === 'SET' && target.name === 'default_table_access_method') {
    return unknown(target.value, capabilities.tableAccessMethods, 'SET default_table_access_method = heap');
  }
  if (target.action !== 'SET ACCESS METHOD') return undefined;
  const reader = new TokenReader(tokens());
  if (reader.seekWord('METHOD')) reader.skip();
  return unknown(reader.readName(), capabilities.tableAccessMethods);
};

function unknown(method: string | undefined, known: ReadonlySet<string>, instead?: string) {
  if (method === undefined || known.has(method)) return undefined;
  const reason = `the target has no table access method ${method}: what uses it is a heap there`;
  return instead === undefined ? { reason } : { reason, instead };
}
