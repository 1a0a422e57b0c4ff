import { Option } from 'commander';
import {
  bySsh,
  type ConnectionSettings,
  connectionSettings,
} from '../../engine/connection/connection-settings.ts';
import { isSameDatabase } from '../../engine/connection/same-database.ts';
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
      'Set LIFEBOAT_TARGET_URL to postgres://user:password@host:5432/database, or use --target. Name an empty database, preferably a new one; with --into-source, LIFEBOAT_SOURCE_URL is enough.',
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
 * The live database to change: --target or LIFEBOAT_TARGET_URL, or else the source itself. With `intoSource`
 * the source comes before LIFEBOAT_TARGET_URL, unless that one names the same database: then it has the login
 * for restores, and the source's may be one that only reads.
 */
export function liveDatabase(
  url: string | undefined,
  intoSource: boolean,
  environment: Environment,
  ssh?: string,
): ConnectionSettings {
  const source = url === undefined ? knownSource(environment) : undefined;
  // What is the source is reached as the source is.
  const way =
    ssh ?? (environment.LIFEBOAT_TARGET_SSH || (intoSource && environment.LIFEBOAT_SSH) || undefined);
  if (source === undefined) return targetSettings(url, environment, way);
  const own = ssh === undefined ? source : bySsh(source, sshDestination(ssh));
  if (!environment.LIFEBOAT_TARGET_URL) return own;
  const target = targetSettings(undefined, environment, way);
  return intoSource && !isSameDatabase(target, own) ? own : target;
}
