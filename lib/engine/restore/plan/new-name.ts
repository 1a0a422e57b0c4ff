import { LifeboatError } from '../../ground/errors.ts';
import { partsOfName } from '../../sql-script/written-name.ts';
import type { BackupToRestore } from '../archived/read-backup.ts';
import type { RestoreScope } from '../archived/restore-scope.ts';
import type { NewName, RestorePlan } from './restore-plan.ts';
import type { Selection } from './select-relations.ts';

/** Reads `--as users_restored` or `--as restored.users`, the new name of one table or tree of partitions. */
export function newNameOf(
  scope: RestoreScope,
  selection: Selection,
  { schema }: BackupToRestore,
): NewName | undefined {
  if (scope.as === undefined) return undefined;
  const tops = [...selection.relations].flatMap((key) => {
    const relation = schema.relations.get(key);
    return relation && relation.kind === 'table' && !(relation.root && selection.relations.has(relation.root))
      ? [relation]
      : [];
  });
  const [table, ...others] = tops;
  const parts = partsOfName(scope.as);
  if (parts === undefined) throw notAName(scope.as);
  const [name, toSchema] = [...parts].reverse();
  if (
    !selection.onlyNamed ||
    !table ||
    others.length > 0 ||
    !name ||
    parts.length > 2 ||
    scope.content === 'data'
  ) {
    throw new LifeboatError({
      code: 'restore-as-unusable',
      kind: 'usage',
      what: '--as gives one table another name, and needs exactly one --table.',
      remedy:
        'Write for example: `lifeboat restore --table public.users --as users_restored`, or --as restored.users for another schema.',
    });
  }
  return {
    from: { schema: table.schema, name: table.name },
    to: { schema: toSchema ?? table.schema, name },
  };
}

function notAName(text: string): LifeboatError {
  return new LifeboatError({
    code: 'restore-as-unusable',
    kind: 'usage',
    what: `--as ${text} is not a name of a table.`,
    meaning: 'Nothing was restored.',
    remedy: `Write a name as in SQL. A name with characters other than letters, digits and _ needs double quotes: --as '"orders 2026"'.`,
  });
}

/** Schema and name of a table when the restore is done. */
export function newPlaceOf({
  newName,
}: Pick<RestorePlan, 'newName'>): (table: NewName['from']) => NewName['from'] {
  return (table) => {
    if (newName === undefined) return table;
    const { from, to } = newName;
    const isNamed = table.schema === from.schema && table.name === from.name;
    return isNamed ? to : { schema: to.schema, name: table.name };
  };
}
