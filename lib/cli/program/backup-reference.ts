import type { RetentionClass } from '../../engine/archive/keys.ts';
import type { BackupFilter } from '../../engine/archive/vault.ts';

export const BACKUP_ARGUMENT = 'latest, an id, or class/source/id as `lifeboat list` shows it';

/** Options that say where a backup is, and which are looked at. */
export interface BackupOptions {
  readonly vault?: string;
  readonly name?: string;
  readonly class?: RetentionClass;
}

export function filterOf(options: BackupOptions): BackupFilter {
  return { source: options.name, retentionClass: options.class };
}
