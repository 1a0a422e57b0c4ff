import * as v from 'valibot';
import { faultOfContactUrl, PHONE } from '../../contract/contacts.ts';
import {
  ACCOUNT,
  ENVIRONMENT_NAME,
  REGION,
  SECRET_ARN,
  SECRET_NAME,
} from '../../contract/environment-patterns.ts';
import { SOURCE_NAME } from '../../contract/source-names.ts';
import { LifeboatError } from '../ground/errors.ts';
import { nearestName } from '../ground/nearest-name.ts';
import { type DeployedSource, type Deployment, DRILL_PLACES } from './deployment.ts';

/**
 * The settings of an environment that a runbook needs. Others may be there, and wrong: CDK checks them when it
 * synthesizes, and at three in the morning a wrong threshold must not keep anybody from the names.
 */
const region = v.pipe(v.string(), v.regex(REGION, 'should be an AWS region such as eu-central-1'));
const account = v.pipe(v.string(), v.regex(ACCOUNT, 'should be the 12 digits of an AWS account, in quotes'));

const source = v.looseObject({
  name: v.pipe(
    v.string(),
    v.regex(SOURCE_NAME, 'should be a name of lower-case letters, digits, ., _ and -'),
  ),
  secretArn: v.optional(v.pipe(v.string(), v.regex(SECRET_ARN, 'should be the ARN of a secret'))),
  secretName: v.optional(v.pipe(v.string(), v.regex(SECRET_NAME, 'should be the name of a secret'))),
  schedule: v.optional(v.string(), 'cron(0 2 * * ? *)'),
  drillSchedule: v.optional(v.string(), 'cron(0 5 ? * SUN *)'),
  timeZone: v.optional(v.string(), 'UTC'),
  drill: v.optional(v.picklist(DRILL_PLACES), 'function'),
  health: v.optional(v.looseObject({})),
  pointInTime: v.optional(v.looseObject({})),
  egressLimitGb: v.optional(v.unknown()),
  exports: v.optional(v.array(v.unknown()), []),
});

const contact = v.pipe(
  v.looseObject({
    name: v.pipe(v.string(), v.nonEmpty('is empty')),
    role: v.pipe(v.string(), v.nonEmpty('is empty')),
    phone: v.exactOptional(v.pipe(v.string(), v.regex(PHONE, 'should be a phone number'))),
    email: v.exactOptional(v.pipe(v.string(), v.email('should be an e-mail address'))),
    url: v.exactOptional(
      v.pipe(
        v.string(),
        v.check(
          (url) => faultOfContactUrl(url) === undefined,
          ({ input }) => faultOfContactUrl(String(input)) ?? '',
        ),
      ),
    ),
    hours: v.exactOptional(v.string()),
  }),
  v.transform(({ name, role, phone, email, url, hours }) => ({
    ...{ name, role },
    ...(phone !== undefined && { phone }),
    ...(email !== undefined && { email }),
    ...(url !== undefined && { url }),
    ...(hours !== undefined && { hours }),
  })),
);

const settings = v.looseObject({
  account: v.optional(account),
  region: v.optional(region),
  sources: v.pipe(v.array(source), v.minLength(1, 'is empty')),
  notifications: v.looseObject({
    emails: v.array(v.string()),
    channels: v.optional(v.array(v.unknown())),
    digest: v.optional(v.string()),
  }),
  scrub: v.optional(v.string()),
  replica: v.optional(
    v.looseObject({ region, account: v.optional(account), drillSchedule: v.optional(v.string()) }),
  ),
  thresholds: v.optional(v.looseObject({ recoveryTimeMinutes: v.optional(v.number()) })),
  contacts: v.optional(v.array(contact), []),
  runbook: v.optional(v.string()),
});

/** Reads one environment of what an environments file exports. Throws `environment-unknown`, `environment-invalid`. */
export function readDeployment(environments: unknown, environment: string): Deployment {
  const all = typeof environments === 'object' && environments !== null ? Object.entries(environments) : [];
  const names = all.map(([name]) => name);
  const [, given] = all.find(([name]) => name === environment) ?? [];
  if (given === undefined || !ENVIRONMENT_NAME.test(environment))
    throw unknownEnvironment(environment, names);
  const read = v.safeParse(settings, given);
  if (!read.success) throw invalid(environment, read.issues[0]);
  const { output } = read;
  return {
    environment,
    account: output.account,
    region: output.region ?? regionOfSecrets(output.sources),
    sources: output.sources.map(sourceOf),
    emails: output.notifications.emails,
    hasWords: (output.notifications.channels ?? output.notifications.digest) !== undefined,
    isScrubbed: output.scrub !== 'off',
    replica: output.replica && {
      region: output.replica.region,
      account: output.replica.account ?? output.account,
      isDrilled: output.replica.drillSchedule !== undefined,
    },
    recoveryTimeMinutes: output.thresholds?.recoveryTimeMinutes ?? 10,
    contacts: output.contacts,
    runbook: output.runbook,
  };
}

/** A function reads secrets in its own region alone, so that of a source's secret is the stack's. */
function regionOfSecrets(sources: ReadonlyArray<v.InferOutput<typeof source>>): string | undefined {
  const regions = new Set(sources.flatMap(({ secretArn }) => secretArn?.split(':')[3] ?? []));
  return regions.size === 1 ? [...regions][0] : undefined;
}

function sourceOf(given: v.InferOutput<typeof source>): DeployedSource {
  const { name, secretArn, secretName, schedule, drillSchedule, timeZone, drill } = given;
  return {
    ...{ name, schedule, drillSchedule, timeZone, drill },
    secret: secretArn ?? secretName,
    isHealthMeasured: given.health !== undefined,
    isCaptured: given.pointInTime !== undefined,
    isEgressLimited: given.egressLimitGb !== undefined,
    isExported: given.exports.length > 0,
  };
}

function unknownEnvironment(environment: string, names: readonly string[]): LifeboatError {
  const near = nearestName(environment, names);
  return new LifeboatError({
    code: 'environment-unknown',
    kind: 'usage',
    what: `The environments file has no environment ${JSON.stringify(environment)}.`,
    remedy:
      names.length === 0
        ? 'It must export `environments`, an object with the settings of each environment by its name.'
        : `It has ${names.join(', ')}.${near === undefined ? '' : ` Use --env ${near}.`}`,
  });
}

function invalid(environment: string, issue: v.BaseIssue<unknown>): LifeboatError {
  const path = v.getDotPath(issue) ?? '';
  return new LifeboatError({
    code: 'environment-invalid',
    kind: 'usage',
    // Not the issue's own message where it would repeat the value: a value may be a secret in the wrong place.
    what: `environments.${[environment, path].filter(Boolean).join('.')} of the environments file ${wordsOf(issue)}.`,
    remedy: `Correct it. \`npx cdk synth -c env=${environment}\` checks all settings.`,
  });
}

function wordsOf({ type, expected, received, message }: v.BaseIssue<unknown>): string {
  if (
    type === 'regex' ||
    type === 'check' ||
    type === 'email' ||
    type.endsWith('_empty') ||
    type === 'min_length'
  )
    return message;
  return received === 'undefined' ? 'is missing' : `should be ${expected}`;
}
