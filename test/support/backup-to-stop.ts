import { type BackupRequest, backup } from '../../lib/engine/backup/backup.ts';
import { connectionSettings } from '../../lib/engine/connection/connection-settings.ts';
import { openDirectoryStore } from '../../lib/engine/storage/directory.ts';
import { newPlace } from './vaults.ts';

/**
 * A backup in a process of its own, which tests stop and continue by signals: `node backup-to-stop.ts <url> <directory> <options>`,
 * the last as JSON. Prints the outcome, or the code of the error.
 */
const [url = '', directory = '', options = '{}'] = process.argv.slice(2);
try {
  const { outcome } = await backup({
    settings: connectionSettings(url),
    store: await openDirectoryStore(directory),
    place: newPlace(),
    ...(JSON.parse(options) as Partial<BackupRequest>),
  });
  console.log(outcome);
} catch (error) {
  console.log((error as { code?: string }).code ?? String(error));
  process.exitCode = 1;
}
