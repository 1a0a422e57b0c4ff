import { Option } from 'commander';
import {
  bySsh,
  type ConnectionSettings,
  connectionSettings,
} from '../../engine/connection/connection-settings.ts';
import { sshDestination } from '../../engine/ssh/ssh-destination.ts';
import { asTargetFailure } from '../../engine/target/server/open-server-target.ts';
import { usageError } from '../program/failure.ts';
import { sourceSettings } from './source-option.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export function targetOption(description: string): Option {
  return new Option(
    '--target <url>',
    `${description}, postgres://user:password@host:5432/database (default: LIFEBOAT_TARGET_URL, which \`ps\` does not show)`,
  );
}

/**
 * Reads the target from the option or from LIFEBOAT_TARGET_URL. It never reads the target from libpq's PG…
 * variables: these are often set, and name the source. For the same reason it reads the machine in between
 * from `--ssh` or LIFEBOAT_TARGET_SSH, and never from LIFEBOAT_SSH: a test database at `localhost` would
 * become the one at the source's bastion.
 */
export function targetSettings(
  url: string | undefined,
  environment: Environment,
  ssh = environment.LIFEBOAT_TARGET_SSH || undefined,
): ConnectionSettings {
  const settings = namedTarget(url, environment);
  return ssh === undefined ? settings : bySsh(settings, sshDestination(ssh));
}

function namedTarget(url: string | undefined, environment: Environment): ConnectionSettings {
  const named = url ?? (environment.LIFEBOAT_TARGET_URL || undefined);
  if (named === undefined) {
    throw usageError(
      'target-not-named',
      'No target was named.',
      'Set LIFEBOAT_TARGET_URL to postgres://user:password@host:5432/database, or use --target. Name an empty database, preferably a new one; with --into-source, name the database that was backed up.',
    );
  }
  try {
    return connectionSettings(named, {
      PGPASSWORD: environment.PGPASSWORD,
      PGSSLROOTCERT: environment.PGSSLROOTCERT,
    });
  } catch (error) {
    throw asTargetFailure(error);
  }
}

/**
 * The source, if the environment names a valid one: a restore must know the source so that it does not
 * overwrite it.
 */
export function knownSource(environment: Environment): ConnectionSettings | undefined {
  try {
    return sourceSettings(undefined, environment);
  } catch {
    return undefined;
  }
}

/**
 * The live database into which rows are brought back: --target or LIFEBOAT_TARGET_URL, or else the source
 * itself. With `intoSource` the source comes before LIFEBOAT_TARGET_URL.
 */
export function liveDatabase(
  url: string | undefined,
  intoSource: boolean,
  environment: Environment,
  ssh?: string,
): ConnectionSettings {
  if (url === undefined && (intoSource || !environment.LIFEBOAT_TARGET_URL)) {
    const source = knownSource(environment);
    if (source) return ssh === undefined ? source : bySsh(source, sshDestination(ssh));
  }
  return targetSettings(url, environment, ssh);
}
