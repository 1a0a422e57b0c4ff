import type * as z from 'zod';
import { checkPostgresBackup } from '../check-postgres-backup.ts';
import { formatPath, type Problem } from '../problem.ts';
import { environmentSchema } from './environment-schema.ts';
import type { EnvironmentSettings } from './environment-settings.ts';

/** Says what is wrong with bin/environments.ts, a line each: the path and one clause. There is no need of a stack. */
export class InvalidEnvironmentsError extends Error {
  constructor(problems: readonly Problem[]) {
    super(problems.map(({ path, message }) => `${formatPath(path)}: ${message}`).join('\n'));
    this.name = 'InvalidEnvironmentsError';
  }
}

export interface NamedEnvironment {
  readonly name: string;
  readonly settings: EnvironmentSettings;
}

/**
 * The environments to synthesize: the one that was asked for with `-c env=`, or all. Throws
 * {@link InvalidEnvironmentsError}; what was not asked for is not looked at.
 */
export function readEnvironments(
  environments: Readonly<Record<string, unknown>>,
  asked: string | undefined,
  now: Date,
): NamedEnvironment[] {
  const names = Object.keys(environments);
  if (asked !== undefined && !names.includes(asked)) {
    const message = `there is no environment ${JSON.stringify(asked)}; -c env= takes ${names.join(', ')}`;
    throw new InvalidEnvironmentsError([{ path: ['environments'], message }]);
  }
  const chosen = asked === undefined ? names : [asked];
  const read = chosen.map((name) => ({ name, ...readEnvironment(name, environments[name], now) }));
  const problems = read.flatMap(({ name, problems }) =>
    problems.map((problem) => ({ ...problem, path: ['environments', name, ...problem.path] })),
  );
  if (problems.length > 0) throw new InvalidEnvironmentsError(problems);
  return read.flatMap(({ name, settings }) => (settings ? [{ name, settings }] : []));
}

function readEnvironment(
  environment: string,
  value: unknown,
  now: Date,
): { settings?: EnvironmentSettings; problems: Problem[] } {
  const parsed = environmentSchema.safeParse(value, { error: inWords });
  if (!parsed.success) {
    return {
      problems: parsed.error.issues.map(({ path, message }) => ({ path: path.map(asPart), message })),
    };
  }
  const { objectLock, ...settings } = parsed.data;
  const together = { ...settings, environment, ...(objectLock && { lockDays: objectLock.days }) };
  return {
    settings: parsed.data,
    problems: [...checkPostgresBackup(together, now), ...checkSecretRegions(settings)],
  };
}

/** A function asks Secrets Manager of its own region. */
function checkSecretRegions({ region, sources }: Pick<EnvironmentSettings, 'region' | 'sources'>): Problem[] {
  return sources.flatMap(({ secretArn }, index) => {
    const secretRegion = secretArn.split(':')[3];
    if (region === undefined || secretRegion === region) return [];
    const message = `is in ${secretRegion} while the environment is in ${region}: replicate the secret there and give that ARN`;
    return [{ path: ['sources', index, 'secretArn'], message }];
  });
}

/** What zod says by itself is for developers; these are the few things that can be wrong with a file of settings. */
function inWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'unrecognized_keys') {
    return `has ${issue.keys.map((key) => JSON.stringify(key)).join(' and ')}, which Lifeboat does not know`;
  }
  if (issue.code !== 'invalid_type') return undefined;
  const wanted =
    issue.expected === 'object' ? 'an object' : issue.expected === 'array' ? 'a list' : `a ${issue.expected}`;
  return issue.input === undefined ? `is missing; it should be ${wanted}` : `should be ${wanted}`;
}

function asPart(part: PropertyKey): string | number {
  return typeof part === 'number' ? part : String(part);
}
