import { makesRelation } from '../archived/archived-schema.ts';
import { nameMentions } from '../archived/name-mentions.ts';
import type { BackupToRestore } from '../archived/read-backup.ts';
import { plainName } from '../archived/relation-key.ts';
import type { TargetFacts } from '../target/look-at-target.ts';
import { refusal } from './refusals.ts';
import type { PlannedEntry } from './restore-plan.ts';
import type { Selection } from './select-relations.ts';

/**
 * Refuses what was named and cannot be made, because it needs tables that neither come along nor are there: a view's, a
 * child's parents, a table whose row is a column's type. Foreign keys are left out instead. Throws `restore-needs-tables`.
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
    `Restore what is needed as well: ${needed.map((name) => `--table ${name}`).join(' ')}`,
    { meaning: `It was not asked for, and ${target.display} does not have it.` },
  );
}

/** Names in a statement that can be a relation's: a string is read later, and what a parenthesis follows is a function. */
function relationsIn(statement: string): string[] {
  return nameMentions(statement)
    .filter(({ inString, end }) => !inString && !/^\s*\(/.test(statement.slice(end)))
    .map(({ key }) => key);
}
