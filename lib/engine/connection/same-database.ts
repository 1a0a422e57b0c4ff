import { type ConnectionSettings, isThisMachine } from './connection-settings.ts';

/**
 * Whether both name the same database of the same address, whoever logs in. `localhost` is another machine
 * behind each bastion; any other name is the same one from everywhere.
 */
export function isSameDatabase(one: ConnectionSettings, other: ConnectionSettings): boolean {
  return (
    one.host === other.host &&
    one.port === other.port &&
    one.database === other.database &&
    (!isThisMachine(one.host) || one.ssh?.name === other.ssh?.name)
  );
}
