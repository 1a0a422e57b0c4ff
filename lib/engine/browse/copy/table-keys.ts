import { qualifiedName } from '../../ground/sql.ts';
import { readEntries } from '../../sql-script/entries.ts';
import { holdsOtherBytes } from '../../sql-script/script-text.ts';
import { statementTarget } from '../../sql-script/statement-target.ts';

/** The statements of post-data.sql that create keys and indexes, by their table's quoted name; keys first. */
export function tableKeys(postData: string): ReadonlyMap<string, readonly string[]> {
  const keys = new Map<string, string[]>();
  const indexes = new Map<string, string[]>();
  for (const { type, statements } of readEntries(postData).entries) {
    const into = type === 'CONSTRAINT' ? keys : type === 'INDEX' ? indexes : undefined;
    if (!into) continue;
    for (const { text } of statements) {
      // Skipped: the embedded server holds only UTF-8, so it lacks the table or column too.
      if (holdsOtherBytes(text)) continue;
      const target = statementTarget(text);
      const made =
        target.action === 'ADD CONSTRAINT' ? target : target.verb === 'CREATE' ? target.on : undefined;
      if (made?.schema === undefined || made.name === undefined) continue;
      const table = qualifiedName(made.schema, made.name);
      into.set(table, [...(into.get(table) ?? []), text]);
    }
  }
  return new Map(
    [...new Set([...keys.keys(), ...indexes.keys()])].map((table) => [
      table,
      [...(keys.get(table) ?? []), ...(indexes.get(table) ?? [])],
    ]),
  );
}
