import type { ConnectionSettings } from '../../connection/connection-settings.ts';

/** The same server, another database. */
export function atDatabase(settings: ConnectionSettings, database: string): ConnectionSettings {
  return { ...settings, database, display: settings.display.replace(/[^/]*$/, () => database) };
}
