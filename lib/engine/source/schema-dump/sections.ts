import { LifeboatError } from '../../errors.ts';
import { readEntries, type ScriptEntry } from '../../sql-script/entries.ts';

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

const TABLESPACE_SETTING = 'SET default_tablespace = ';
const SESSION_SETTING = /^(?:SET \w+ = |SELECT pg_catalog\.set_config\()/;

/**
 * Cuts the entries of a dump of both sections into the two files that a run for each would have written. One run is half
 * the reading of catalogs. pg_dump writes in three passes: the objects, pre-data before post-data; then the grants of
 * both; then what needs grants, which is post-data (pg_backup_archiver.c, _tocEntryRestorePass). Comments and
 * security labels have no section of their own: they follow what they describe. The settings of the session are left out.
 */
export function splitSections(body: string): Sections {
  const { preamble, entries } = readEntries(body);
  if (!preamble.every(({ text }) => SESSION_SETTING.test(text))) throw unknownBeginning();
  const preData: string[] = [];
  const postData: string[] = [];
  let postDataBegun = false;
  let tablespace: string | undefined;
  for (const entry of entries) {
    if (POST_DATA_TYPES.has(entry.type)) postDataBegun = true;
    const text = body.slice(entry.start, entry.end);
    if (!postDataBegun || entry.type === 'ACL') {
      tablespace = tablespaceSetting(entry) ?? tablespace;
      preData.push(text);
    } else {
      // A script of its own must set what pre-data left set.
      if (postData.length === 0 && tablespace !== undefined && tablespaceSetting(entry) === undefined) {
        postData.push(`${tablespace}\n\n`);
      }
      postData.push(text);
    }
  }
  return { preData: preData.join(''), postData: postData.join('') };
}

function tablespaceSetting(entry: ScriptEntry): string | undefined {
  return entry.statements.findLast(({ text }) => text.startsWith(TABLESPACE_SETTING))?.text;
}

function unknownBeginning(): LifeboatError {
  return new LifeboatError({
    code: 'schema-dump-library-changed',
    kind: 'internal',
    what: 'The dump begins with statements that pg_dump 18 does not write.',
    meaning: 'This Lifeboat cannot cut it into its sections.',
    remedy: 'Install the versions in package-lock.json, or report it.',
  });
}
