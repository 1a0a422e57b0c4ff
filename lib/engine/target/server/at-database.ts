import type { ConnectionSettings } from '../../connection/connection-settings.ts';

/** The settings for another database on the same server. */
export function atDatabase(settings: ConnectionSettings, database: string): ConnectionSettings {
  return { ...settings, database, display: settings.display.replace(/[^/]*$/, () => database) };
}
