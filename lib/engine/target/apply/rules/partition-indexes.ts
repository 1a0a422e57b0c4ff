import { TokenReader } from '../../../sql-script/tokens.ts';
import { writtenName } from '../name-spaces.ts';
import type { Rule } from './rule.ts';

/** Leaves out attaching an index if its partition was not attached: the index stays on a separate table. */
export const partitionIndexes: Rule = ({ target, tokens }, { made, leftOut }) => {
  if (target.objectType !== 'INDEX' || target.action !== 'ATTACH PARTITION') return undefined;
  const [name = '', schema] = partitionName(new TokenReader(tokens())).reverse();
  const index = made.get('index', writtenName({ name, ...(schema === undefined ? {} : { schema }) }));
  const root = index?.on && leftOut.get('partition', writtenName(index.on));
  return root === undefined ? undefined : { reason: `its table is not a partition here: ${root}`, root };
};

/** The name in `ATTACH PARTITION name`, for tables and indexes. */
export function partitionName(reader: TokenReader): string[] {
  while (reader.seekWord('ATTACH')) {
    if (reader.readWords('ATTACH PARTITION')) return reader.readDottedName() ?? [];
    reader.skip();
  }
  return [];
}
