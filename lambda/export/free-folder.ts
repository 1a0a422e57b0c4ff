import { type ConfiguredExport, exportFolder } from '../../lib/contract/exports.ts';
import { randomCharacters } from '../../lib/engine/archive/keys.ts';
import { EXPORT_RECORD } from '../../lib/engine/export/export-record.ts';
import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';

/**
 * Where to write an export. Undefined if it is there: an event may come twice. What a run that died left behind is not
 * written over: it expires, and the next run takes a folder beside it.
 */
export async function freeFolder(
  store: ObjectStore,
  one: ConfiguredExport,
  { source, backupId }: { readonly source: string; readonly backupId: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  const folder = exportFolder(one, source, backupId);
  const { objects } = await store.list(folder, { signal });
  if (objects.some(({ key }) => key === `${folder}${EXPORT_RECORD}`)) return undefined;
  return objects.length === 0 ? folder : exportFolder(one, source, `${backupId}-${randomCharacters(6)}`);
}
