import * as v from 'valibot';
import { replicaEnvironment } from '../../contract/stack-names.ts';
import { checkPostgresBackup } from '../check-postgres-backup.ts';
import { formatProblem, type Problem } from '../problem.ts';
import { checkReplicaPlace } from '../replica/check-replica.ts';
import { environmentSchema } from './environment-schema.ts';
import type { EnvironmentSettings } from './environment-settings.ts';
import { InvalidEnvironmentsError } from './invalid-environments-error.ts';

export interface NamedEnvironment {
  readonly name: string;
  readonly settings: EnvironmentSettings;
}

/**
 * Reads the environments to synthesize: the one that `-c env=` names, or all. Does not check the others.
 * Throws {@link InvalidEnvironmentsError}.
 */
export function readEnvironments(
  environments: Readonly<Record<string, unknown>>,
  asked: string | undefined,
  now: Date,
): NamedEnvironment[] {
  const names = Object.keys(environments);
  if (asked !== undefined && !names.includes(asked)) {
    const message = `there is no environment ${JSON.stringify(asked)}; -c env= takes ${names.join(', ')}`;
    throw new InvalidEnvironmentsError([`environments: ${message}`]);
  }
  const chosen = asked === undefined ? names : [asked];
  const read = chosen.map((name) => ({ name, ...readEnvironment(name, environments[name], now) }));
  const problems = [
    ...read.flatMap(({ name, problems }) => below(name, problems)),
    ...read.flatMap(({ name, settings }) =>
      settings?.replica && names.includes(replicaEnvironment(name)) ? below(name, [sameName(name)]) : [],
    ),
  ].map((problem) => ({ ...problem, path: ['environments', ...problem.path] }));
  if (problems.length > 0) throw new InvalidEnvironmentsError(problems.map(formatProblem));
  return read.flatMap(({ name, settings }) => (settings ? [{ name, settings }] : []));
}

function readEnvironment(
  environment: string,
  value: unknown,
  now: Date,
): { settings?: EnvironmentSettings; problems: Problem[] } {
  const parsed = v.safeParse(environmentSchema, value, {
    message: ({ expected, received }) => `${received === 'undefined' ? MISSING : ''}${shouldBe(expected)}`,
  });
  if (!parsed.success) return { problems: parsed.issues.map(problemOf) };
  const given: EnvironmentSettings = parsed.output;
  return {
    settings: given,
    problems: [
      ...checkPostgresBackup({ ...given, environment }, now),
      ...checkSecretRegions(given),
      ...(given.replica ? below('replica', checkReplicaPlace(given.replica, given)) : []),
      ...checkOwnIdentity(given),
    ],
  };
}

/**
 * A secret must be in the environment's region, because a function uses Secrets Manager in its own region.
 */
function checkSecretRegions({
  region,
  sources,
  healthEndpoint,
  notifications,
}: EnvironmentSettings): Problem[] {
  const ofEndpoint = typeof healthEndpoint?.auth === 'object' ? healthEndpoint.auth.secretHeader : undefined;
  const named: ReadonlyArray<readonly [Problem['path'], string | undefined]> = [
    [['healthEndpoint', 'auth', 'secretHeader'], ofEndpoint?.secretArn],
    ...(notifications.channels ?? []).map(
      (one, index) => [['notifications', 'channels', index], one.secretArn] as const,
    ),
    [['notifications', 'heartbeat'], notifications.heartbeat?.secretArn],
  ];
  return [
    ...named.flatMap(([path, arn]) => elsewhere(region, arn, [...path, 'secretArn'])),
    ...checkSecretsOfSources(region, sources),
  ];
}

function checkSecretsOfSources(
  region: string | undefined,
  sources: EnvironmentSettings['sources'],
): Problem[] {
  return sources.flatMap(({ secretArn, ageIdentitySecretArn, health, heartbeat }, index) =>
    [
      { path: ['secretArn'], arn: secretArn },
      { path: ['ageIdentitySecretArn'], arn: ageIdentitySecretArn },
      { path: ['health', 'secretArn'], arn: health?.secretArn },
      { path: ['heartbeat', 'secretArn'], arn: heartbeat?.secretArn },
    ].flatMap(({ path, arn }) => elsewhere(region, arn, ['sources', index, ...path])),
  );
}

function elsewhere(region: string | undefined, arn: string | undefined, path: Problem['path']): Problem[] {
  const secretRegion = arn?.split(':')[3];
  if (region === undefined || secretRegion === undefined || secretRegion === region) return [];
  const message = `is in ${secretRegion} while the environment is in ${region}: replicate the secret there and give that ARN`;
  return [{ path, message }];
}

/** A secret that the backup or the health function reads must not hold the key that opens its backups. */
function checkOwnIdentity({ sources }: Pick<EnvironmentSettings, 'sources'>): Problem[] {
  const read = new Set(
    sources.flatMap(({ secretArn, secretName, health }) => [
      secretName ?? nameOfSecret(secretArn),
      nameOfSecret(health?.secretArn),
    ]),
  );
  return sources.flatMap(({ ageIdentitySecretArn: identity }, index) => {
    if (identity === undefined || !read.has(nameOfSecret(identity))) return [];
    const message = `is the secret of a source, so a backup function could open backups: keep the identity in a secret of its own`;
    return [{ path: ['sources', index, 'ageIdentitySecretArn'], message }];
  });
}

/** The replica's stack and alarms are named as those of an environment would be. */
function sameName(name: string): Problem {
  const message = `the stack of the replica would have the name of the environment ${JSON.stringify(replicaEnvironment(name))}; rename that one`;
  return { path: ['replica'], message };
}

function below(part: string, problems: readonly Problem[]): Problem[] {
  return problems.map((problem) => ({ ...problem, path: [part, ...problem.path] }));
}

/** The name in an ARN, without the six characters that a complete one has at its end. */
function nameOfSecret(arn: string | undefined): string | undefined {
  return arn?.split(':')[6]?.replace(/-[A-Za-z0-9]{6}$/, '');
}

const MISSING = 'is missing; it ';

/** Words an issue of the library, whose messages are for developers, for people who edit settings. */
function problemOf({ type, expected, message, path: found }: v.BaseIssue<unknown>): Problem {
  const items: readonly v.IssuePathItem[] = found ?? [];
  const path = items.map(({ key }) => (typeof key === 'number' ? key : String(key)));
  if (type !== 'strict_object' || items.at(-1)?.origin !== 'key') return { path, message };
  if (expected !== 'never') return { path, message: `${MISSING}${wantedAt(path)}` };
  const unknown = JSON.stringify(path.at(-1));
  return { path: path.slice(0, -1), message: `has ${unknown}, which Lifeboat does not know` };
}

function shouldBe(expected: string | null): string {
  return `should be ${{ Array: 'a list', Object: 'an object' }[String(expected)] ?? `a ${expected}`}`;
}

/** The parts of any kind of schema that are read here. */
type Schema = v.GenericSchema & {
  readonly message?: unknown;
  readonly wrapped?: Schema;
  readonly pipe?: readonly Schema[];
  readonly item?: Schema;
  readonly entries?: Readonly<Record<string, Schema>>;
};

/** The message for a value of another type at this path. */
function wantedAt(path: Problem['path']): string {
  const schema = path.reduce<Schema | undefined>((outer, key) => {
    const { item, entries, pipe } = outer?.wrapped ?? outer ?? {};
    return typeof key === 'number' ? item : (entries ?? pipe?.at(-1)?.entries)?.[key];
  }, environmentSchema as Schema);
  return typeof schema?.message === 'string' ? schema.message : shouldBe(schema?.expects ?? null);
}
