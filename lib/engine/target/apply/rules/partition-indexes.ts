import { TokenReader } from '../../../sql-script/tokens.ts';
import { writtenName } from '../name-spaces.ts';
import type { Rule } from './rule.ts';

/** An index of a partition that could not be attached: it stays the index of a table that stands for itself. */
export const partitionIndexes: Rule = ({ target, tokens }, { made, leftOut }) => {
  if (target.objectType !== 'INDEX' || target.action !== 'ATTACH PARTITION') return undefined;
  const [name = '', schema] = partitionName(new TokenReader(tokens())).reverse();
  const index = made.get('index', writtenName({ name, ...(schema === undefined ? {} : { schema }) }));
  const root = index?.on && leftOut.get('partition', writtenName(index.on));
  return root === undefined ? undefined : { reason: `its table is not a partition here: ${root}`, root };
};

/** Of `ATTACH PARTITION name`, for tables and indexes alike. */
export function partitionName(reader: TokenReader): string[] {
  while (reader.seekWord('ATTACH')) {
    if (reader.readWords('ATTACH PARTITION')) return reader.readDottedName() ?? [];
    reader.skip();
  }
  return [];
}
