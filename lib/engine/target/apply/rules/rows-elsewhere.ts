import { TokenReader } from '../../../sql-script/tokens.ts';
import { writtenName } from '../name-spaces.ts';
import type { Rule } from './rule.ts';

/** Foreign keys to a table that is empty on the target, because its rows were proven in a bare table. */
export const rowsElsewhere: Rule = ({ target, tokens }, { emptied }) => {
  if (target.action !== 'ADD CONSTRAINT') return undefined;
  const reader = new TokenReader(tokens());
  if (!reader.seekWord('REFERENCES')) return undefined;
  reader.skip();
  const [name = '', schema] = (reader.readDottedName() ?? []).reverse();
  const referenced = writtenName({ name, ...(schema === undefined ? {} : { schema }) });
  const reason = emptied.get('table', referenced);
  return reason === undefined ? undefined : { reason: `the rows of ${referenced} are not in it: ${reason}` };
};
