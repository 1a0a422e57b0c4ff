import { Option } from 'commander';
import {
  type ConnectionSettings,
  connectionSettings,
  settingsFromEnvironment,
} from '../../engine/connection/connection-settings.ts';
import { asTargetFailure } from '../../engine/target/server/open-server-target.ts';
import { usageError } from '../program/failure.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export function targetOption(description: string): Option {
  return new Option(
    '--target <url>',
    `${description}, postgres://user:password@host:5432/database; better in LIFEBOAT_TARGET_URL, for \`ps\` shows arguments to everybody`,
  );
}

/**
 * The target that was named, by the option or by LIFEBOAT_TARGET_URL. Never by libpq's PG… variables alone: those are
 * often set, and name the source.
 */
export function targetSettings(url: string | undefined, environment: Environment): ConnectionSettings {
  const named = url ?? (environment.LIFEBOAT_TARGET_URL || undefined);
  if (named === undefined) {
    throw usageError(
      'target-not-named',
      'No target was named.',
      'Set LIFEBOAT_TARGET_URL to postgres://user:password@host:5432/database, or use --target: an empty database, best a new one; with --into-source, that of the backup.',
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

/** The source, where the environment names one that can be read: a restore must know it, to keep away from it. */
export function knownSource(environment: Environment): ConnectionSettings | undefined {
  try {
    return environment.LIFEBOAT_SOURCE_URL
      ? connectionSettings(environment.LIFEBOAT_SOURCE_URL, environment)
      : settingsFromEnvironment(environment);
  } catch {
    return undefined;
  }
}
