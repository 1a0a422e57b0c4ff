import { majorOf } from '../connection/server-major.ts';
import { LifeboatError } from '../ground/errors.ts';
import { type ForeignStatement, foreignStatements } from '../sql-script/foreign-statements.ts';
import { fitToMajor } from '../sql-script/majors/fit-to-major.ts';
import { quoteNewerWords } from '../sql-script/majors/newer-words.ts';
import { decodeScript } from '../sql-script/script-text.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Manifest, ObjectPurpose } from './manifest.ts';
import { readFileOf } from './read-stored.ts';

/** The purposes of an archive's SQL scripts. */
export type ScriptPurpose = Extract<
  ObjectPurpose,
  'roles' | 'database' | 'pre-data' | 'post-data' | 'sequences' | 'large-object-metadata'
>;

const OF_PG_DUMP: ReadonlySet<ObjectPurpose> = new Set(['pre-data', 'post-data']);

/**
 * Reads a script of the archive and checks it against the manifest; undefined if the backup has none.
 * sql-script/script-text.ts says how bytes that are not UTF-8 are decoded. Scripts that earlier versions
 * sealed are fitted here to the source's own major version and to later ones; today that happens before a
 * backup is sealed. Throws `archive-foreign-statement`.
 */
export async function readScript(
  store: ObjectStore,
  manifest: Manifest,
  purpose: ScriptPurpose,
  signal: AbortSignal,
): Promise<string | undefined> {
  const bytes = await readFileOf(store, manifest, purpose, signal);
  if (bytes === undefined || !OF_PG_DUMP.has(purpose)) return bytes && decodeScript(bytes);
  const major = majorOfSource(manifest);
  const script = decodeScript(quoteNewerWords(fitToMajor(bytes, major), major));
  const [foreign] = foreignStatements(script);
  if (foreign !== undefined) throw foreignStatementFound(purpose, foreign);
  return script;
}

function foreignStatementFound(purpose: ScriptPurpose, { line, words }: ForeignStatement): LifeboatError {
  return new LifeboatError({
    code: 'archive-foreign-statement',
    kind: 'verification',
    what: `Line ${line} of ${purpose}.sql holds a statement that pg_dump does not write: ${words}.`,
    meaning:
      'Somebody who could create objects in the source may have put it there, so that it runs during a restore. Nothing was run.',
    remedy: 'Restore another backup, or read the script before you run it by hand.',
  });
}

export function majorOfSource({ server }: Pick<Manifest, 'server'>): number {
  return majorOf(server);
}
