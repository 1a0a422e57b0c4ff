import { makesRelation } from '../archived/archived-schema.ts';
import { nameMentions } from '../archived/name-mentions.ts';
import type { BackupToRestore } from '../archived/read-backup.ts';
import { plainName } from '../archived/relation-key.ts';
import type { TargetFacts } from '../target/look-at-target.ts';
import { refusal } from './refusals.ts';
import type { PlannedEntry } from './restore-plan.ts';
import type { Selection } from './select-relations.ts';

/**
 * Refuses a named relation that cannot be created, because it needs tables that are neither restored nor in
 * the target: the tables of a view, the parent of a child table, a table whose row type a column has. Foreign
 * keys to such tables are left out instead. Throws `restore-needs-tables`.
 */
export function refuseWithoutNeeded(
  entries: readonly PlannedEntry[],
  { relations }: Selection,
  { schema }: BackupToRestore,
  target: Pick<TargetFacts, 'relations' | 'display'>,
): void {
  const made = new Set(entries.filter(makesRelation).map(({ relation }) => relation));
  const missing = (key: string) =>
    schema.relations.has(key) && !relations.has(key) && !made.has(key) && !target.relations.has(key);
  const lines = entries
    .filter((entry) => entry.role === 'own' && makesRelation(entry))
    .flatMap(({ relation = '', statements }) => {
      const needed = new Set(statements.flatMap(relationsIn).filter(missing).map(plainName));
      return needed.size === 0 ? [] : [{ name: plainName(relation), needed: [...needed] }];
    });
  if (lines.length === 0) return;
  const needed = [...new Set(lines.flatMap((line) => line.needed))];
  throw refusal(
    'restore-needs-tables',
    `${lines
      .slice(0, 5)
      .map((line) => `${line.name} needs ${line.needed.join(', ')}`)
      .join('; ')}${lines.length > 5 ? `, and ${lines.length - 5} more need others` : ''}.`,
    `Restore these tables as well: \`${needed.map((name) => `--table ${name}`).join(' ')}\``,
    { meaning: `They were not named, and ${target.display} does not have them.` },
  );
}

/** Names in a statement that can be relations: not in strings, nor before a parenthesis (functions). */
function relationsIn(statement: string): string[] {
  return nameMentions(statement)
    .filter(({ inString, end }) => !inString && !/^\s*\(/.test(statement.slice(end)))
    .map(({ key }) => key);
}
