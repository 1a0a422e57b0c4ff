import type { DetachedPartition } from '../catalog/detached-partitions.ts';
import { qualifiedName, quoteIdentifier } from '../ground/sql.ts';
import { readEntries, type ScriptEntry } from '../sql-script/entries.ts';
import { significantTokens, TokenReader } from '../sql-script/tokens.ts';

const ATTACHES: ReadonlySet<string> = new Set(['TABLE ATTACH', 'INDEX ATTACH']);
const SETTING = /^SET (?:default_tablespace|default_table_access_method) = /;

/**
 * Removes the statements that attach these partitions and their indexes, and adds the foreign keys that came
 * with the attachment. Each partition becomes a separate table, as after a finished detach. The body has one
 * character per byte.
 */
export function leaveDetached(body: string, partitions: readonly DetachedPartition[]): string {
  if (partitions.length === 0) return body;
  const gone = new Set(
    partitions.flatMap(({ schema, name, indexes }) =>
      [name, ...indexes].map((one) => asBytes(qualifiedName(schema, one))),
    ),
  );
  const { entries } = readEntries(body);
  const pieces = [body.slice(0, entries[0]?.start ?? body.length)];
  for (const entry of entries) {
    if (ATTACHES.has(entry.type) && gone.has(attached(entry) ?? '')) {
      // The settings of this entry also apply to the entries after it.
      const settings = entry.statements.filter(({ text }) => SETTING.test(text));
      pieces.push(...settings.map(({ text }) => `${text}\n\n`));
    } else {
      pieces.push(body.slice(entry.start, entry.end));
    }
  }
  return pieces.join('');
}

/** Entries of post-data in the form that pg_dump writes for a table's own foreign keys. */
export function keysOfDetached(partitions: readonly DetachedPartition[]): string {
  const entries = partitions.flatMap(({ schema, name, owner, partitioned, foreignKeys }) =>
    foreignKeys.map(
      (key) => `--
-- Name: ${oneLine(`${name} ${key.name}`)}; Type: FK CONSTRAINT; Schema: ${oneLine(schema)}; Owner: ${oneLine(owner)}
--

ALTER TABLE ${partitioned ? '' : 'ONLY '}${qualifiedName(schema, name)}
    ADD CONSTRAINT ${quoteIdentifier(key.name)} ${key.definition};


`,
    ),
  );
  return asBytes(entries.join(''));
}

/** The partition that `ALTER TABLE ONLY parent ATTACH PARTITION name` attaches, or the index likewise. */
function attached({ statements }: ScriptEntry): string | undefined {
  const statement = statements.find(({ text }) => text.startsWith('ALTER '));
  if (statement === undefined) return undefined;
  const reader = new TokenReader(significantTokens(statement.text));
  while (reader.seekWord('ATTACH')) {
    if (reader.readWords('ATTACH PARTITION')) {
      const [name, schema] = (reader.readDottedName() ?? []).reverse();
      return name === undefined || schema === undefined ? undefined : qualifiedName(schema, name);
    }
    reader.skip();
  }
  return undefined;
}

function asBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function oneLine(text: string): string {
  return text.replaceAll(/[\r\n]/g, ' ');
}
