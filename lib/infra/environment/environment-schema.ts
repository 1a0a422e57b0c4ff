import * as v from 'valibot';
import { faultOfContactUrl, PHONE } from '../../contract/contacts.ts';
import { ACCOUNT, REGION, SECRET_ARN, SECRET_NAME } from '../../contract/environment-patterns.ts';
import { AUDIT_WORDS } from '../audit-trail.ts';
import { HEADER_NAME, HEADER_WORDS } from '../health-endpoint/check-header.ts';
import { LOCK_MODE_WORDS } from '../vault/object-lock.ts';
import type { HealthThresholdSettings } from './shared-settings.ts';

const WHOLE = 'should be a whole number';
const whole = v.pipe(v.number(WHOLE), v.integer(WHOLE), v.minValue(1, 'should be more than 0'));
const words = (pattern: RegExp, message: string) => v.pipe(v.string(message), v.regex(pattern, message));
const listOf = <Item extends v.GenericSchema>(item: Item, whenEmpty: string) =>
  v.pipe(v.array(item), v.minLength(1, whenEmpty));
/** An object whose fields are all optional. `v.strictObject` alone would accept an empty list. */
const options = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.pipe(
    v.unknown(),
    v.check((value) => !Array.isArray(value), 'should be an object'),
    v.strictObject(entries),
  );
/** This is not a `v.record`, because that would lose a tag called `constructor`. */
const tags = v.custom<Readonly<Record<string, string>>>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((tag) => typeof tag === 'string'),
  'should be an object whose values are texts',
);
const text = v.pipe(v.string(), v.minLength(1, 'is empty'));

const functionSize = options({
  memoryMb: v.exactOptional(whole),
  temporaryStorageMb: v.exactOptional(whole),
});

const taskSize = options({
  vcpu: v.exactOptional(whole),
  memoryGb: v.exactOptional(whole),
  hours: v.exactOptional(whole),
});

const classRetention = v.strictObject({
  days: whole,
  colderAfterDays: v.exactOptional(whole),
  colderClass: v.exactOptional(v.string()),
});

const vpc = v.pipe(
  v.strictObject({
    vpcId: words(/^vpc-[0-9a-f]{8}(?:[0-9a-f]{9})?$/, 'should be a VPC id such as vpc-0123456789abcdef0'),
    availabilityZones: listOf(v.string(), 'should name at least one zone'),
    subnetIds: listOf(
      words(/^subnet-[0-9a-f]{8}(?:[0-9a-f]{9})?$/, 'should be a subnet id such as subnet-0123456789abcdef0'),
      'should name at least one subnet',
    ),
    securityGroupIds: v.exactOptional(
      listOf(
        words(
          /^sg-[0-9a-f]{8}(?:[0-9a-f]{9})?$/,
          'should be a security group id such as sg-0123456789abcdef0',
        ),
        'should be left out rather than empty',
      ),
    ),
    dualStack: v.exactOptional(v.boolean()),
  }),
  v.forward(
    v.check(
      ({ subnetIds, availabilityZones }) => subnetIds.length === availabilityZones.length,
      'should be as many as subnetIds, in the same order',
    ),
    ['availabilityZones'],
  ),
);

const patterns = v.exactOptional(v.array(v.string()));

const backupOrder = {
  selection: v.exactOptional(
    options({
      schemas: patterns,
      excludeSchemas: patterns,
      tables: patterns,
      excludeTables: patterns,
      excludeTableData: patterns,
    }),
  ),
  tiers: v.exactOptional(v.array(v.array(v.string()))),
  hostProfile: v.exactOptional(v.string()),
  load: v.exactOptional(
    options({ jobs: v.exactOptional(whole), maxMegabytesPerSecond: v.exactOptional(whole) }),
  ),
};

const SECRET_ARN_WORDS =
  'should be the ARN of a secret, arn:aws:secretsmanager:<region>:<account>:secret:<name>-<six characters>; `aws secretsmanager describe-secret` shows it, and nothing else of the connection belongs here';
const secretArn = words(SECRET_ARN, SECRET_ARN_WORDS);
const keyArn = words(/^arn:aws[\w-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/, 'should be the ARN of a KMS key');

const secretNames = {
  secretArn: v.exactOptional(secretArn),
  secretName: v.exactOptional(words(SECRET_NAME, 'should be the name of a secret in this region')),
  secretKeyArn: v.exactOptional(keyArn),
};
type SecretNames = { readonly secretArn?: string; readonly secretName?: string };
const namesOneSecret = ({ secretArn: arn, secretName: name }: SecretNames) =>
  (arn === undefined) !== (name === undefined);
const ONE_SECRET =
  'should name its secret, and once: give secretArn or secretName. The address itself is a secret and does not belong here';
const heartbeat = v.pipe(
  v.strictObject(secretNames),
  v.check((one) => namesOneSecret(one), ONE_SECRET),
);
const channel = v.pipe(
  v.strictObject({
    ...secretNames,
    kind: v.string(),
    name: v.exactOptional(v.string()),
    hears: v.exactOptional(v.array(v.string())),
  }),
  v.check((one) => namesOneSecret(one), ONE_SECRET),
);

const limit = v.exactOptional(v.nullable(v.number('should be a number, or null for never')));

/** Not a `v.record`, because that would lose a check called `constructor` in place of refusing it. */
const healthThresholds = v.custom<Readonly<Record<string, HealthThresholdSettings>>>(
  (given) =>
    typeof given === 'object' &&
    given !== null &&
    !Array.isArray(given) &&
    Object.values(given).every((one) => v.is(options({ warning: limit, critical: limit }), one)),
  'should be an object such as { connections: { warning: 70, critical: 90 }, bloat: { warning: null } }',
);

const health = options({
  everyMinutes: v.exactOptional(v.number('should be a number of minutes')),
  secretArn: v.exactOptional(secretArn),
  secretKeyArn: v.exactOptional(keyArn),
  sizeLimitBytes: v.exactOptional(v.number('should be a number of bytes')),
  apiSchemas: v.exactOptional(v.array(text)),
  thresholds: v.exactOptional(healthThresholds),
});

const exports = v.array(
  v.strictObject({
    name: v.string(),
    tables: v.exactOptional(v.array(text)),
    query: v.exactOptional(v.string()),
    format: v.exactOptional(v.string()),
    keepDays: v.exactOptional(v.number('should be a number of days')),
  }),
);

const pointInTime = options({
  every: v.exactOptional(v.string('should be a time such as "5 minutes"')),
  keepDays: v.exactOptional(v.number('should be a number of days')),
  maxHeldWal: v.exactOptional(v.string('should be a size such as "2 GiB"')),
});

const sourceSettings = v.strictObject({
  ...backupOrder,
  name: v.string(),
  secretArn: v.exactOptional(secretArn),
  secretName: v.exactOptional(
    words(SECRET_NAME, 'should be the name of a secret in this region, or leave it out and give secretArn'),
  ),
  secretKeyArn: v.exactOptional(keyArn),
  ageRecipients: v.exactOptional(v.array(v.string())),
  heartbeat: v.exactOptional(heartbeat),
  ageIdentitySecretArn: v.exactOptional(secretArn),
  ageIdentitySecretKeyArn: v.exactOptional(keyArn),
  schedule: v.exactOptional(v.string()),
  drill: v.exactOptional(
    v.picklist(
      ['function', 'auto', 'task', 'elsewhere', 'off'],
      'should be "function", "auto", "task", "elsewhere" or "off"',
    ),
  ),
  drillSchedule: v.exactOptional(v.string()),
  timeZone: v.exactOptional(v.string()),
  drillAfterBackup: v.exactOptional(v.boolean()),
  drillChecks: v.exactOptional(v.array(v.strictObject({ name: text, sql: text, expect: v.string() }))),
  health: v.exactOptional(health),
  pointInTime: v.exactOptional(pointInTime),
  exports: v.exactOptional(exports),
  vpc: v.exactOptional(vpc),
  backupSize: v.exactOptional(functionSize),
  drillSize: v.exactOptional(functionSize),
  drillImage: v.exactOptional(text),
  drillHours: v.exactOptional(v.number()),
  egressLimitGb: v.exactOptional(v.number()),
  compute: v.exactOptional(
    v.picklist(['auto', 'function', 'task'], 'should be "auto", "function" or "task"'),
  ),
  taskSize: v.exactOptional(taskSize),
});

const source = v.pipe(
  sourceSettings,
  v.forward(
    v.partialCheck(
      [['secretArn'], ['secretName']],
      ({ secretArn, secretName }) => secretArn !== undefined || secretName !== undefined,
      `is missing; it ${SECRET_ARN_WORDS}; or give secretName`,
    ),
    ['secretArn'],
  ),
  v.forward(
    v.partialCheck(
      [['secretArn'], ['secretName']],
      ({ secretArn, secretName }) => secretArn === undefined || secretName === undefined,
      'should be left out beside secretArn, which names the secret already',
    ),
    ['secretName'],
  ),
);

const people = listOf(
  words(/^arn:aws[\w-]*:iam::\d{12}:(user|role|root)/, 'should be the ARN of a user or role'),
  'should be left out rather than empty',
);

const contact = v.pipe(
  v.strictObject({
    name: text,
    role: text,
    phone: v.exactOptional(words(PHONE, 'should be a phone number such as +49 30 1234567')),
    email: v.exactOptional(
      v.pipe(v.string('should be an e-mail address'), v.email('should be an e-mail address')),
    ),
    url: v.exactOptional(
      v.pipe(
        v.string('should be a URL'),
        v.check(
          (url) => faultOfContactUrl(url) === undefined,
          ({ input }) => faultOfContactUrl(String(input)) ?? '',
        ),
      ),
    ),
    hours: v.exactOptional(text),
  }),
  v.check(
    ({ phone, email, url }) => (phone ?? email ?? url) !== undefined,
    'should have a phone, an email or a url',
  ),
);

const account = words(ACCOUNT, 'should be the 12 digits of an AWS account, in quotes');
const region = words(REGION, 'should be an AWS region such as eu-central-1');

const AUTH_WORDS = 'should be "iam", or { secretHeader: { secretArn: … } }';
const healthEndpoint = v.strictObject({
  auth: v.union(
    [
      v.literal('iam'),
      v.strictObject({
        secretHeader: v.strictObject({
          secretArn,
          secretKeyArn: v.exactOptional(keyArn),
          header: v.exactOptional(words(HEADER_NAME, HEADER_WORDS)),
        }),
      }),
    ],
    AUTH_WORDS,
  ),
});

/** Checks shapes and types. check-postgres-backup.ts checks settings against each other. */
export const environmentSchema = v.strictObject({
  account: v.exactOptional(account),
  region: v.exactOptional(region),
  sources: v.array(source),
  notifications: v.strictObject({
    emails: listOf(
      v.pipe(v.string('should be an e-mail address'), v.email('should be an e-mail address')),
      'is empty, so nobody would hear an alarm: give at least one address',
    ),
    channels: v.exactOptional(v.array(channel)),
    digest: v.exactOptional(v.string()),
    heartbeat: v.exactOptional(heartbeat),
  }),
  healthEndpoint: v.exactOptional(healthEndpoint),
  statusPage: v.exactOptional(v.boolean('should be true or false')),
  retention: v.exactOptional(
    options({
      daily: v.exactOptional(classRetention),
      weekly: v.exactOptional(classRetention),
      monthly: v.exactOptional(classRetention),
      manual: v.exactOptional(classRetention),
      undeleteDays: v.exactOptional(whole),
    }),
  ),
  objectLock: v.exactOptional(
    options({
      mode: v.exactOptional(v.picklist(['governance', 'compliance', 'off'], LOCK_MODE_WORDS)),
      days: v.exactOptional(whole),
    }),
  ),
  guard: v.exactOptional(v.boolean()),
  signDrills: v.exactOptional(v.boolean()),
  breakGlass: v.exactOptional(people),
  audit: v.exactOptional(v.picklist(['off', 'writes', 'all'], AUDIT_WORDS)),
  scrub: v.exactOptional(v.string('should be cron(…), rate(…) or "off"')),
  restoreOnAws: v.exactOptional(
    v.strictObject({
      targetSecretArns: listOf(secretArn, 'is empty, so nothing could be restored into'),
      vpc: v.exactOptional(vpc),
    }),
  ),
  replica: v.exactOptional(
    v.strictObject({
      region,
      account: v.exactOptional(account),
      drillSchedule: v.exactOptional(v.string()),
      ageIdentitySecretArn: v.exactOptional(secretArn),
      ageIdentitySecretKeyArn: v.exactOptional(keyArn),
      restorers: v.exactOptional(people),
      holders: v.exactOptional(people),
      breakGlass: v.exactOptional(people),
    }),
  ),
  thresholds: v.exactOptional(
    options({
      sizeDeviationPercent: v.exactOptional(v.number()),
      durationFactor: v.exactOptional(v.number()),
      recoveryTimeMinutes: v.exactOptional(v.number()),
    }),
  ),
  restorers: v.exactOptional(people),
  holders: v.exactOptional(people),
  runbook: v.exactOptional(v.pipe(v.string(), v.nonEmpty())),
  contacts: v.exactOptional(listOf(contact, 'should be left out rather than empty')),
  terminationProtection: v.exactOptional(v.boolean()),
  tags: v.exactOptional(tags),
});
