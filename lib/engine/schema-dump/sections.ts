import { LifeboatError } from '../ground/errors.ts';
import { readEntries, type ScriptEntry } from '../sql-script/entries.ts';
import { headOf, targetOf } from '../sql-script/statement-target.ts';

export interface Sections {
  readonly preData: string;
  readonly postData: string;
}

/** The entries that pg_dump 18 files under SECTION_POST_DATA (pg_dump.c). */
const POST_DATA_TYPES: ReadonlySet<string> = new Set([
  'CHECK CONSTRAINT',
  'CONSTRAINT',
  'DEFAULT ACL',
  'EVENT TRIGGER',
  'FK CONSTRAINT',
  'INDEX',
  'INDEX ATTACH',
  'MATERIALIZED VIEW DATA',
  'POLICY',
  'PUBLICATION',
  'PUBLICATION TABLE',
  'PUBLICATION TABLES IN SCHEMA',
  'ROW SECURITY',
  'RULE',
  'STATISTICS',
  'SUBSCRIPTION',
  'SUBSCRIPTION TABLE',
  'TRIGGER',
]);

const ROUTINES: ReadonlySet<string> = new Set(['AGGREGATE', 'FUNCTION', 'PROCEDURE']);
const CREATE: ReadonlySet<string> = new Set(['CREATE']);
const GRANT: ReadonlySet<string> = new Set(['GRANT', 'REVOKE']);

const TABLESPACE = 'default_tablespace';
const ACCESS_METHOD = 'default_table_access_method';
/** Without this word, a statement names no event trigger. */
const EVENT = /event/i;
const SESSION_SETTING = /^(?:SET \w+ = |SELECT pg_catalog\.set_config\()/;

/**
 * Splits a dump of both sections into the two files that one run per section would write. A single run halves
 * the catalog reads. pg_dump writes in three passes: first the objects, pre-data before post-data; then the
 * grants of both sections; then the entries that need grants, which are post-data (pg_backup_archiver.c,
 * _tocEntryRestorePass). Comments and security labels have no section of their own: they follow the object
 * that they describe. So do the grants on a materialized view or function that depends on a primary key and
 * therefore comes after it. The settings of the session are left out. Event triggers come last, because
 * pg_dump refreshes materialized views after them, and they would fire.
 */
export function splitSections(body: string): Sections {
  const { preamble, entries } = readEntries(body);
  if (!preamble.every(({ text }) => SESSION_SETTING.test(text))) throw unknownBeginning();
  const preData: string[] = [];
  const postData: string[] = [];
  const madeInPostData = new Set<string>();
  const ofPostData: ScriptEntry[] = [];
  // The names are read only if a grant asks for them: most schemas have many indexes and few grants.
  const isMadeInPostData = (name: string) => {
    for (const entry of ofPostData.splice(0)) {
      for (const made of objectsOf(entry, CREATE)) madeInPostData.add(made);
    }
    return madeInPostData.has(name);
  };
  const leftSet = new Map<string, string>();
  const eventTriggers: string[] = [];
  let postDataBegun = false;
  for (const entry of entries) {
    if (POST_DATA_TYPES.has(entry.type)) postDataBegun = true;
    const text = body.slice(entry.start, entry.end);
    const isPreData = entry.type === 'ACL' ? !objectsOf(entry, GRANT).some(isMadeInPostData) : !postDataBegun;
    if (isOfEventTrigger(entry)) {
      eventTriggers.push(text);
    } else if (isPreData) {
      for (const [name, setting] of settingsOf(entry)) leftSet.set(name, setting);
      preData.push(text);
    } else {
      postData.push(...inheritedSettings(entry, leftSet), text);
      ofPostData.push(entry);
    }
  }
  return { preData: preData.join(''), postData: [...postData, ...eventTriggers].join('') };
}

function isOfEventTrigger({ type, statements }: ScriptEntry): boolean {
  const [first] = statements;
  if (type === 'EVENT TRIGGER') return true;
  return first !== undefined && EVENT.test(first.text) && headOf(first).objectType === 'EVENT TRIGGER';
}

/**
 * A separate script must repeat the settings that pre-data left: the tablespace at its beginning, and the
 * access method before the first entry that depends on it. Removes the settings that it writes from
 * `leftSet`.
 */
function inheritedSettings(entry: ScriptEntry, leftSet: Map<string, string>): string[] {
  const own = settingsOf(entry);
  const counting = entry.type === 'MATERIALIZED VIEW' ? [TABLESPACE, ACCESS_METHOD] : [TABLESPACE];
  const needed = counting.flatMap((name) => (own.has(name) ? [] : (leftSet.get(name) ?? [])));
  for (const name of [...counting, ...own.keys()]) leftSet.delete(name);
  return needed.map((setting) => `${setting}\n\n`);
}

/** The objects of the statements with these verbs. Overloaded routines count as one object. */
function objectsOf({ statements }: ScriptEntry, verbs: ReadonlySet<string>): string[] {
  return statements.flatMap((statement) => {
    if (!verbs.has(headOf(statement).verb)) return [];
    const { objectType = '', schema, name } = targetOf(statement);
    if (name === undefined) return [];
    return [JSON.stringify([ROUTINES.has(objectType), schema, name])];
  });
}

function settingsOf({ statements }: ScriptEntry): Map<string, string> {
  const settings = new Map<string, string>();
  for (const { text } of statements) {
    if (!text.startsWith('SET ')) continue;
    const name = [TABLESPACE, ACCESS_METHOD].find((setting) => text.startsWith(`SET ${setting} = `));
    if (name !== undefined) settings.set(name, text);
  }
  return settings;
}

function unknownBeginning(): LifeboatError {
  return new LifeboatError({
    code: 'schema-dump-library-changed',
    kind: 'internal',
    what: 'The dump begins with statements that pg_dump 18 does not write.',
    meaning: 'This Lifeboat cannot split the dump into its sections.',
    remedy: 'Install the versions in package-lock.json, or report it.',
  });
}
