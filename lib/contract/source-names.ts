/** A source's name is part of its backups' keys and its alarms' names, and a dimension of its metrics. */
export const SOURCE_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** The suffix in the source's name of backups that a restore makes before it overwrites a database. No source may have it. */
export const SAFETY_SUFFIX = '-before-restore';

/**
 * Makes a source's name from its database's name: lower case, with `-` for characters that a key cannot hold.
 */
export function nameFromDatabase(database: string): string {
  const name = database
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 63)
    .replace(/-+$/, '');
  return name === '' ? 'database' : name;
}
