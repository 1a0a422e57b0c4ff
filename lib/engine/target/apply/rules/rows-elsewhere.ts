import { TokenReader } from '../../../sql-script/tokens.ts';
import { writtenName } from '../name-spaces.ts';
import type { Rule } from './rule.ts';

/**
 * Leaves out foreign keys from or to a table whose rows were proven in a bare table instead. A key from the
 * empty table would prove nothing, and a key to it would be violated.
 */
export const rowsElsewhere: Rule = ({ target, tokens }, { emptied }) => {
  if (target.action !== 'ADD CONSTRAINT' || target.name === undefined) return undefined;
  const reader = new TokenReader(tokens());
  if (!reader.seekWord('FOREIGN') || !reader.seekWord('REFERENCES')) return undefined;
  reader.skip();
  const [name = '', schema] = (reader.readDottedName() ?? []).reverse();
  for (const table of [target, { name, ...(schema === undefined ? {} : { schema }) }]) {
    const written = writtenName({ ...table, name: table.name ?? '' });
    const root = emptied.get('table', written);
    if (root !== undefined) return { reason: `the rows of ${written} are not in it: ${root}`, root };
  }
  return undefined;
};
