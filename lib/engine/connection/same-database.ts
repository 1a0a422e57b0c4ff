import type { ConnectionSettings } from './connection-settings.ts';

/** Whether both name the same database of the same address, whoever logs in. */
export function isSameDatabase(one: ConnectionSettings, other: ConnectionSettings): boolean {
  return one.host === other.host && one.port === other.port && one.database === other.database;
}
