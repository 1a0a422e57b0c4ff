import { Option } from 'commander';
import {
  bySsh,
  type ConnectionSettings,
  connectionSettings,
  settingsFromEnvironment,
} from '../../engine/connection/connection-settings.ts';
import { sshDestination } from '../../engine/ssh/ssh-destination.ts';
import { usageError } from '../program/failure.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export function sourceOption(): Option {
  return new Option(
    '--source <url>',
    'database to back up, postgres://user:password@host:5432/database (default: LIFEBOAT_SOURCE_URL, or PGHOST, PGUSER, PGPASSWORD …, which `ps` does not show)',
  );
}

/**
 * Reads the source from the option, from LIFEBOAT_SOURCE_URL, or from libpq's PG… variables, in this order,
 * and the machine in between from `--ssh` or LIFEBOAT_SSH.
 */
export function sourceSettings(
  url: string | undefined,
  environment: Environment,
  ssh = environment.LIFEBOAT_SSH || undefined,
): ConnectionSettings {
  const settings = namedSource(url, environment);
  return ssh === undefined ? settings : bySsh(settings, sshDestination(ssh));
}

function namedSource(url: string | undefined, environment: Environment): ConnectionSettings {
  const named = url ?? (environment.LIFEBOAT_SOURCE_URL || undefined);
  if (named !== undefined) return connectionSettings(named, environment);
  const settings = settingsFromEnvironment(environment);
  if (settings) return settings;
  throw usageError(
    'source-not-named',
    'No source was named.',
    'Set LIFEBOAT_SOURCE_URL to postgres://user:password@host:5432/database, or PGHOST, PGUSER, PGDATABASE and PGPASSWORD, or use --source.',
  );
}
