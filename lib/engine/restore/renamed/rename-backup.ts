import type { Manifest } from '../../archive/manifest.ts';
import { type ArchivedEntry, archivedSchemaOf, describedEntry } from '../archived/archived-schema.ts';
import type { BackupToRestore } from '../archived/read-backup.ts';
import { type Place, type Places, placeOf } from '../renaming/places.ts';
import { renameStatement, renameText } from '../renaming/rename-statement.ts';

/** A backup in which these entries and everything of the manifest have the names of the copy. */
export function renameBackup(
  backup: BackupToRestore,
  entries: readonly ArchivedEntry[],
  places: Places,
): BackupToRestore {
  const renamed = grantsLast(entries.map((entry) => renameEntry(entry, places)));
  const script = (section: ArchivedEntry['section'], before: string) =>
    [
      before,
      ...renamed
        .filter((one) => one.section === section)
        .flatMap((one) => [...one.settings, ...one.statements]),
    ].join('\n\n');
  return {
    ...backup,
    manifest: renameManifest(backup.manifest, places),
    schema: archivedSchemaOf(renamed),
    // Which server it comes from stands in a comment.
    preData: script('pre-data', /^-- Dumped from database version .*$/m.exec(backup.preData)?.[0] ?? ''),
    postData: script('post-data', ''),
  };
}

function renameEntry(entry: ArchivedEntry, places: Places): ArchivedEntry {
  const { step, section, type, header, settings, statements } = entry;
  const { schema, name } = entry.object;
  const own = schema === undefined ? undefined : placeOf(places, { schema, name });
  const renamed = describedEntry({
    step,
    section,
    type,
    header: {
      type,
      name: header.name === name && own ? own.name : renamedOrSame(header.name, places),
      schema: renamedSchema(entry, places),
    },
    settings,
    statements: statements.map((text) => renameStatement(text, places)),
  });
  return renamed;
}

/** A cast or transform has no schema. In a copy it belongs to the schema of its types. */
function renamedSchema({ header, object, statements }: ArchivedEntry, places: Places): string | undefined {
  const [only] = places.schemas.values();
  if (object.kind === 'cast' || object.kind === 'transform') return only ?? header.schema;
  if (header.schema === undefined) return undefined;
  const place =
    object.schema === undefined ? undefined : placeOf(places, { schema: object.schema, name: object.name });
  const table = object.on?.schema === undefined ? undefined : placeOf(places, object.on as Place);
  return statements.length === 0
    ? header.schema
    : ((place ?? table)?.schema ?? places.schemas.get(header.schema) ?? header.schema);
}

function renamedOrSame(text: string, places: Places): string {
  try {
    return renameText(text, places);
  } catch {
    // A name with half a quote in it is only a label here.
    return text;
  }
}

/**
 * Others work in the database meanwhile: grants on a schema or a relation come when policies hold, as nobody may read a table
 * before. Materialized views are filled after them, for a refresh has no more rights than the owner of the view.
 */
function grantsLast(entries: readonly ArchivedEntry[]): ArchivedEntry[] {
  const isGrant = ({ type, relation, object }: ArchivedEntry) =>
    type === 'ACL' && (relation !== undefined || object.kind === 'schema');
  const grants = entries.filter(isGrant).map((entry): ArchivedEntry => ({ ...entry, section: 'post-data' }));
  const others = entries.filter((entry) => !isGrant(entry));
  const isRefresh = ({ type }: ArchivedEntry) => type === 'MATERIALIZED VIEW DATA';
  const isOfSchema = ({ object }: ArchivedEntry) => object.kind === 'schema';
  return [
    ...others.filter((entry) => !isRefresh(entry)),
    ...grants.filter((entry) => !isOfSchema(entry)),
    ...grants.filter(isOfSchema),
    ...others.filter(isRefresh),
  ];
}

function renameManifest(manifest: Manifest, places: Places): Manifest {
  const moved = <Named extends Place>(one: Named): Named => ({ ...one, ...placeOf(places, one) });
  const { tiers: _, ...rest } = manifest;
  return {
    ...rest,
    tables: manifest.tables.map((table) => ({
      ...moved(table),
      ...(table.partitionRoot ? { partitionRoot: moved(table.partitionRoot) } : {}),
    })),
    sequences: manifest.sequences.map(moved),
    ...(manifest.materializedViews ? { materializedViews: manifest.materializedViews.map(moved) } : {}),
  };
}
