import { generateHybridIdentity, generateIdentity, identityToRecipient } from 'age-encryption';
import { describe, expect, it } from 'vitest';
import { environments } from '../../bin/environments.ts';
import { readEnvironments } from '../../lib/infra/environment/read-environments.ts';

const now = new Date('2026-11-20T12:00:00Z');
const source = {
  name: 'app',
  secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf',
};
const IDENTITY_ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:age-AbCdEf';
const RECIPIENT = await identityToRecipient(await generateIdentity());
const HYBRID = await identityToRecipient(await generateHybridIdentity());
const good = { sources: [source], notifications: { emails: ['ada@example.com'] } };

/** What is said of one environment, `production`, that is `good` but for `wrong`. */
function complaint(wrong: object): string {
  try {
    readEnvironments({ production: { ...good, ...wrong } }, 'production', now);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was said');
}

function complaintOfSource(wrong: object): string {
  return complaint({ sources: [{ ...source, ...wrong }] });
}

describe('bin/environments.ts', () => {
  it('holds examples that are right as they are', () => {
    expect(readEnvironments(environments, undefined, now).map(({ name }) => name)).toEqual([
      'development',
      'staging',
      'production',
    ]);
    expect(readEnvironments(environments, 'staging', now).map(({ name }) => name)).toEqual(['staging']);
  });

  it('takes the least that an environment needs', () => {
    expect(readEnvironments({ production: good }, undefined, now)).toEqual([
      { name: 'production', settings: good },
    ]);
  });

  it('keeps every tag, whatever it is called', () => {
    const settings = { ...good, tags: { team: 'shop', constructor: 'ada' } };
    expect(readEnvironments({ production: settings }, undefined, now)).toEqual([
      { name: 'production', settings },
    ]);
  });

  it('says which environments there are when another is asked for', () => {
    expect(() => readEnvironments(environments, 'prod', now)).toThrow(
      'environments: there is no environment "prod"; -c env= takes development, staging, production',
    );
  });

  it('looks at what was asked for only', () => {
    expect(readEnvironments({ production: good, staging: {} }, 'production', now)).toHaveLength(1);
    expect(() => readEnvironments({ production: good, staging: {} }, undefined, now)).toThrow(
      'environments.staging.',
    );
  });
});

it('says what should be where nothing is', () => {
  const nearly = {
    sources: [{ name: 'shop', drillChecks: [{ name: 'orders', sql: 'SELECT 1' }] }],
    retention: { daily: {} },
  };
  const told = () => readEnvironments({ production: nearly }, undefined, now);
  expect(told).toThrow(/production\.sources\[0\]\.secretArn: is missing; it should be the ARN of a secret/);
  expect(told).toThrow('production.sources[0].drillChecks[0].expect: is missing; it should be a string');
  expect(told).toThrow('production.notifications: is missing; it should be an object');
  expect(told).toThrow('production.retention.daily.days: is missing; it should be a whole number');
});

describe('a wrong value is one sentence with its path', () => {
  it.each<[object, string]>([
    [{ shedule: 'x' }, 'environments.production: has "shedule", which Lifeboat does not know'],
    [
      { account: 111122223333 },
      'environments.production.account: should be the 12 digits of an AWS account, in quotes',
    ],
    [{ region: 'Frankfurt' }, 'environments.production.region: should be an AWS region such as eu-central-1'],
    [{ sources: undefined }, 'environments.production.sources: is missing; it should be a list'],
    [{ sources: [] }, 'environments.production.sources: there is no database to protect'],
    [{ retention: [] }, 'environments.production.retention: should be an object'],
    [{ contacts: [] }, 'environments.production.contacts: should be left out rather than empty'],
    [
      { contacts: [{ name: 'Ada', role: 'decides' }] },
      'environments.production.contacts[0]: should have a phone, an email or a url',
    ],
    [
      { contacts: [{ name: 'Ada', role: 'decides', phone: 'call me' }] },
      'environments.production.contacts[0].phone: should be a phone number such as +49 30 1234567',
    ],
    [
      { contacts: [{ name: 'Chat', role: 'all', url: 'https://hooks.slack.com/services/T0/B0/x' }] },
      'environments.production.contacts[0].url: holds a secret, and a runbook is read by many: give the address of a page that asks who one is',
    ],
    [
      { contacts: [{ name: 'Ada', role: 'decides', phone: '+49 30 1234567', pager: 'x' }] },
      'environments.production.contacts[0]: has "pager", which Lifeboat does not know',
    ],
    [{ tags: { team: 7 } }, 'environments.production.tags: should be an object whose values are texts'],
    [
      { notifications: undefined },
      'environments.production.notifications: is missing; it should be an object',
    ],
    [
      { notifications: { emails: [] } },
      'environments.production.notifications.emails: is empty, so nobody would hear an alarm: give at least one address',
    ],
    [
      { notifications: { emails: ['ada'] } },
      'environments.production.notifications.emails[0]: should be an e-mail address',
    ],
    [{ terminationProtection: 'yes' }, 'environments.production.terminationProtection: should be a boolean'],
    [{ restorers: ['ada'] }, 'environments.production.restorers[0]: should be the ARN of a user or role'],
    [
      { objectLock: { mode: 'strict', days: 3 } },
      'environments.production.objectLock.mode: should be "governance", "compliance" or "off"',
    ],
    [{ guard: 'on' }, 'environments.production.guard: should be a boolean'],
    [{ audit: 'reads' }, 'environments.production.audit: should be "off", "writes" or "all"'],
    [
      { replica: { region: 'eu-west-1' } },
      'environments.production.replica: needs the region of the environment: give region too',
    ],
    [
      { region: 'eu-central-1', replica: { region: 'eu-central-1' } },
      'environments.production.replica.region: eu-central-1 is the region of the vault: give another one',
    ],
    [
      { region: 'eu-central-1', replica: { region: 'Ireland' } },
      'environments.production.replica.region: should be an AWS region such as eu-central-1',
    ],
    [
      { region: 'eu-central-1', replica: { region: 'eu-west-1', account: '123456789012' } },
      'environments.production.replica.account: needs the account of the environment: give account too',
    ],
    [
      { region: 'eu-central-1', replica: { region: 'eu-west-1', drillSchedule: 'rate(90 days)' } },
      'environments.production.replica.drillSchedule: leaves 90 days between two drills; 60 at most, because nobody could tell a schedule that stopped',
    ],
    [
      { region: 'eu-central-1', replica: { region: 'eu-west-1', drillSchedule: '0 5 * * 0' } },
      'environments.production.replica.drillSchedule: "0 5 * * 0" is neither cron(0 2 * * ? *) nor rate(6 hours), the two forms that recur',
    ],
    [
      {
        region: 'eu-central-1',
        replica: { region: 'eu-west-1', ageIdentitySecretArn: IDENTITY_ARN },
      },
      "environments.production.replica.ageIdentitySecretArn: should be a secret in eu-west-1, the replica's region",
    ],
    [
      {
        region: 'eu-central-1',
        sources: [{ ...source, ageRecipients: [RECIPIENT], ageIdentitySecretArn: IDENTITY_ARN }],
        replica: { region: 'eu-west-1', drillSchedule: 'rate(7 days)' },
      },
      "environments.production.replica.drillSchedule: drills of app need the age identity in the replica's region: give ageIdentitySecretArn, the secret that holds it there",
    ],
    [
      {
        region: 'eu-central-1',
        sources: [{ ...source, drill: 'off' }],
        replica: { region: 'eu-west-1', drillSchedule: 'rate(7 days)' },
      },
      'environments.production.replica.drillSchedule: no source is drilled by a function: leave it out',
    ],
    [
      { region: 'eu-central-1', replica: { regoin: 'eu-west-1', region: 'eu-west-1' } },
      'environments.production.replica: has "regoin", which Lifeboat does not know',
    ],
    [{ breakGlass: [] }, 'environments.production.breakGlass: should be left out rather than empty'],
    [{ breakGlass: ['ada'] }, 'environments.production.breakGlass[0]: should be the ARN of a user or role'],
    [
      { retention: { monthly: { days: 40_000 } } },
      'environments.production.objectLock: S3 locks nothing for 40000 days; give days, 36500 at most',
    ],
    [
      { objectLock: { mode: 'governance', days: 366 } },
      'environments.production.objectLock.days: 366 should be a whole number from 1 to 365, the days of the class that is kept longest: a lock that outlives its backup only keeps and bills it. Leave it out to lock each backup as long as its class keeps it',
    ],
    [
      { thresholds: { sizeDeviationPercent: 0 } },
      'environments.production.thresholds.sizeDeviationPercent: 0 should be more than 0',
    ],
    [
      { thresholds: { durationFactor: 1 } },
      'environments.production.thresholds.durationFactor: 1 should be more than 1: 2 means twice as long as usual',
    ],
    [
      { thresholds: { recoveryTimeMinutes: 60 } },
      'environments.production.thresholds.recoveryTimeMinutes: 60 should be from 1 to 14: a drill is stopped after 15 minutes, so a longer target would never alarm',
    ],
    [
      { region: 'us-east-1' },
      'environments.production.sources[0].secretArn: is in eu-central-1 while the environment is in us-east-1: replicate the secret there and give that ARN',
    ],
  ])('%j', (wrong, sentence) => {
    expect(complaint(wrong)).toBe(sentence);
  });

  it.each<[object, string]>([
    [
      { name: 'My App' },
      'environments.production.sources[0].name: "My App" cannot be part of a key: use 1 to 63 lower-case letters, digits, ".", "_" and "-", starting with a letter or digit',
    ],
    [
      { name: 'app-before-restore' },
      'environments.production.sources[0].name: "app-before-restore" ends in -before-restore, which names copies that restores make, and nothing watches those: name it otherwise',
    ],
    [
      { schedule: '0 2 * * *' },
      'environments.production.sources[0].schedule: "0 2 * * *" is neither cron(0 2 * * ? *) nor rate(6 hours), the two forms that recur',
    ],
    [
      { schedule: 'cron(0 2 * * ? *)', timeZone: 'Europe/Berlin' },
      'environments.production.sources[0].schedule: 02:00 does not exist in Europe/Berlin on 2027-03-28, when clocks go forward, and EventBridge Scheduler skips such a run; choose a time outside that hour, or UTC',
    ],
    [
      { drillSchedule: 'cron(0 25 * * ? *)' },
      'environments.production.sources[0].drillSchedule: hours go from 0 to 23, not to 25',
    ],
    [
      { drill: 'nowhere' },
      'environments.production.sources[0].drill: should be "function", "auto", "task", "elsewhere" or "off"',
    ],
    [
      { drill: 'elsewhere', drillAfterBackup: true },
      'environments.production.sources[0].drillAfterBackup: is for a drill function, but drill is "elsewhere": leave out one of the two',
    ],
    [
      { drill: 'off', drillSchedule: 'cron(0 5 ? * SUN *)' },
      'environments.production.sources[0].drillSchedule: is for a drill function, but drill is "off": leave out one of the two',
    ],
    [
      { timeZone: 'Berlin' },
      'environments.production.sources[0].timeZone: "Berlin" is not an IANA time zone such as Europe/Berlin',
    ],
    [
      { backupSize: { memoryMb: 20_000 } },
      'environments.production.sources[0].backupSize.memoryMb: 20000 is not a whole number from 512 to 10240',
    ],
    [
      { drillSize: { temporaryStorageMb: 1.5 } },
      'environments.production.sources[0].drillSize.temporaryStorageMb: should be a whole number',
    ],
    [
      {
        vpc: {
          vpcId: 'vpc-0123456789abcdef0',
          availabilityZones: ['a', 'b'],
          subnetIds: ['subnet-01234567'],
        },
      },
      'environments.production.sources[0].vpc.availabilityZones: should be as many as subnetIds, in the same order',
    ],
    [
      { selection: { excludeTable: ['a'] } },
      'environments.production.sources[0].selection: has "excludeTable", which Lifeboat does not know',
    ],
    [
      { selection: { excludeTables: ['app.log.x'] } },
      'environments.production.sources[0].selection.excludeTables[0]: "app.log.x" is not a pattern for a name: write orders, app.orders, or app.log_*',
    ],
    [
      { selection: { schemas: ['app.orders'] } },
      'environments.production.sources[0].selection.schemas[0]: "app.orders" is not a pattern for a name: write one name: app, or tenant_*',
    ],
    [
      { selection: { tables: Array.from({ length: 300 }, (_, n) => `app.table_${n}`) } },
      'environments.production.sources[0].selection: is 4716 bytes as JSON, but a function has room for only 2400',
    ],
    [{ tiers: ['auth'] }, 'environments.production.sources[0].tiers[0]: should be a list'],
    [{ tiers: [['auth'], []] }, 'environments.production.sources[0].tiers[1]: names no table and no schema'],
    [
      { tiers: [['auth', 'public.users'], ['auth']] },
      'environments.production.sources[0].tiers[1][0]: "auth" is in a tier already',
    ],
    [
      { hostProfile: 'heroku' },
      'environments.production.sources[0].hostProfile: should be one of plain, supabase, neon, rds',
    ],
    [
      { load: { jobs: 100 } },
      'environments.production.sources[0].load.jobs: 100 is not a whole number from 1 to 64',
    ],
    [
      { load: { maxMegabytesPerSecond: 0 } },
      'environments.production.sources[0].load.maxMegabytesPerSecond: should be more than 0',
    ],
    [
      {
        drillChecks: [
          { name: 'users', sql: 'SELECT 1', expect: '1' },
          { name: 'users', sql: 'SELECT 2', expect: '2' },
        ],
      },
      'environments.production.sources[0].drillChecks[1].name: "users" is the name of another check too',
    ],
    [
      { drillChecks: [{ name: 'users', sql: '', expect: '1' }] },
      'environments.production.sources[0].drillChecks[0].sql: is empty',
    ],
    [
      { ageRecipients: [RECIPIENT] },
      'environments.production.sources[0].ageIdentitySecretArn: is missing: a function drills the backups, which ageRecipients encrypts, and it cannot open them. Give the ARN of the secret that holds the identity, or set drill to "elsewhere" or "off"',
    ],
    [
      { ageRecipients: [RECIPIENT], ageIdentitySecretArn: IDENTITY_ARN, drill: 'elsewhere' },
      'environments.production.sources[0].ageIdentitySecretArn: is for a drill function, but drill is "elsewhere": leave out one of the two',
    ],
    [
      { ageRecipients: [], drill: 'off' },
      'environments.production.sources[0].ageRecipients: should be left out rather than empty',
    ],
    [
      { ageRecipients: [`${RECIPIENT.slice(0, -1)}${RECIPIENT.endsWith('q') ? 'p' : 'q'}`], drill: 'off' },
      'environments.production.sources[0].ageRecipients[0]: is not a public key of age: `age-keygen -y key.txt` prints one, which starts with age1',
    ],
    [
      { ageRecipients: ['ssh-ed25519 AAAA'], drill: 'off' },
      'environments.production.sources[0].ageRecipients[0]: is not a public key of age: `age-keygen -y key.txt` prints one, which starts with age1',
    ],
    [
      { ageRecipients: [HYBRID, RECIPIENT], drill: 'off' },
      'environments.production.sources[0].ageRecipients: mixes age1pq1… with age1…: who breaks the weaker key opens the backup. Use recipients of one kind',
    ],
    [
      { ageRecipients: [HYBRID, HYBRID], drill: 'off' },
      'environments.production.sources[0].ageRecipients: is 3925 bytes as JSON, but a function has room for only 2400',
    ],
    [
      { ageRecipients: [RECIPIENT], ageIdentitySecretArn: 'AGE-SECRET-KEY-1' },
      'environments.production.sources[0].ageIdentitySecretArn: should be the ARN of a secret, arn:aws:secretsmanager:<region>:<account>:secret:<name>-<six characters>; `aws secretsmanager describe-secret` shows it, and nothing else of the connection belongs here',
    ],
    [
      { ageRecipients: [RECIPIENT], ageIdentitySecretArn: source.secretArn },
      'environments.production.sources[0].ageIdentitySecretArn: is the secret of a source, so a backup function could open backups: keep the identity in a secret of its own',
    ],
    [{ url: 'postgres://' }, 'environments.production.sources[0]: has "url", which Lifeboat does not know'],
  ])('of a source: %j', (wrong, sentence) => {
    expect(complaintOfSource(wrong)).toBe(sentence);
  });

  it('of a secret that is named twice, or not at all', () => {
    expect(complaintOfSource({ secretName: 'app' })).toBe(
      'environments.production.sources[0].secretName: should be left out beside secretArn, which names the secret already',
    );
    expect(complaint({ sources: [{ name: 'app' }] })).toMatch(
      /^environments\.production\.sources\[0\]\.secretArn: is missing; it should be the ARN of a secret.*; or give secretName$/,
    );
  });

  it('never repeats what somebody took for a secret', () => {
    const said = complaintOfSource({ secretArn: 'postgres://postgres:hunter2@db.example.com/app' });
    expect(said).toMatch(/^environments\.production\.sources\[0\]\.secretArn: should be the ARN of a secret/);
    expect(said).not.toContain('hunter2');
    const name = complaint({ sources: [{ name: 'app', secretName: 'postgres://postgres:hunter2@db/app' }] });
    expect(name).toMatch(
      /^environments\.production\.sources\[0\]\.secretName: should be the name of a secret/,
    );
    expect(name).not.toContain('hunter2');
  });

  it('never repeats a secret key that stands where a public one belongs', () => {
    const said = complaintOfSource({ ageRecipients: ['AGE-SECRET-KEY-1QQQQHUNTER2'], drill: 'off' });
    expect(said).toContain('ageRecipients[0]: is a secret key: it must not be here');
    expect(said).not.toContain('HUNTER2');
  });

  it('of an identity in another region', () => {
    const age = {
      ageRecipients: [RECIPIENT],
      ageIdentitySecretArn: IDENTITY_ARN.replace('eu-central-1', 'us-east-1'),
    };
    expect(complaint({ region: 'eu-central-1', sources: [{ ...source, ...age }] })).toBe(
      'environments.production.sources[0].ageIdentitySecretArn: is in us-east-1 while the environment is in eu-central-1: replicate the secret there and give that ARN',
    );
  });

  it('of names that would meet in an output', () => {
    expect(
      complaint({
        sources: [
          { ...source, name: 'orders-eu' },
          { ...source, name: 'orders.eu' },
        ],
      }),
    ).toBe(
      'environments.production.sources[1].name: "orders.eu" is the name of sources[0] too, or differs from it in punctuation only',
    );
  });

  it('of an environment that cannot be part of a name', () => {
    expect(() => readEnvironments({ 'My Env': good }, undefined, now)).toThrow(
      '"My Env" should be 1 to 27 lower-case letters',
    );
  });

  it('of names that are too long, or taken, with a replica', () => {
    const replicated = { ...good, region: 'eu-central-1', replica: { region: 'eu-west-1' } };
    const long = 'e'.repeat(27);
    expect(() => readEnvironments({ [long]: replicated }, undefined, now)).toThrow(
      `environments.${long}.replica: the name of the environment has 27 characters; with a replica it may have 26`,
    );
    expect(() => readEnvironments({ shop: replicated, 'shop-replica': good }, 'shop', now)).toThrow(
      'environments.shop.replica: the stack of the replica would have the name of the environment "shop-replica"',
    );
    expect(readEnvironments({ shop: replicated }, undefined, now)).toHaveLength(1);
  });

  it('of more sources than one sentinel can watch', () => {
    const many = Array.from({ length: 16 }, (_, index) => ({ ...source, name: `app${index}` }));
    expect(complaint({ sources: many })).toContain('16 are more than the 15 that one sentinel can watch');
  });

  it('and every wrong value is named at once', () => {
    expect(
      complaint({ region: 'x', notifications: { emails: ['ada'] } })
        .split('\n')
        .map((line) => line.split(':')[0]),
    ).toEqual(['environments.production.region', 'environments.production.notifications.emails[0]']);
  });
});

describe('retention that would cost more, or delete too early', () => {
  const retention = (classes: object) => complaint({ retention: classes });

  it.each<[object, string]>([
    [
      { weekly: { days: 28, colderAfterDays: 1 } },
      'weekly.colderAfterDays: a weekly backup would be in Glacier Instant Retrieval for 27 days but billed for 90: leave it in Standard, or keep it for 91 days',
    ],
    [
      { manual: { days: 45, colderAfterDays: 30, colderClass: 'STANDARD_IA' } },
      'manual.colderAfterDays: a manual backup would be in Standard-IA for 15 days but billed for 30: leave it in Standard, or keep it for 60 days',
    ],
    [
      { monthly: { days: 365, colderAfterDays: 7, colderClass: 'STANDARD_IA' } },
      'monthly.colderAfterDays: S3 moves nothing to Standard-IA before day 30',
    ],
    [
      { monthly: { days: 365, colderAfterDays: 30, colderClass: 'DEEP_ARCHIVE' } },
      'monthly.colderClass: "DEEP_ARCHIVE" is not one of STANDARD_IA and GLACIER_IR, the cheaper classes that can be read at once',
    ],
    [
      { daily: { days: 1 } },
      'daily.days: 1 would leave no backup beside the newest proven one before the next has had time to arrive; the schedule needs at least 2 days',
    ],
    [
      { weekly: { days: 5 } },
      'weekly.days: 5 is less than the days of a more frequent class, so the first run of a week would expire sooner than the others',
    ],
    [
      { monthly: { days: 14 } },
      'monthly.days: 14 is less than the days of a more frequent class, so the first run of a month would expire sooner than the others',
    ],
    [{ daily: { days: 0 } }, 'daily.days: should be more than 0'],
    [{ daily: { days: 7, keep: true } }, 'daily: has "keep", which Lifeboat does not know'],
  ])('%j', (classes, sentence) => {
    expect(retention(classes)).toBe(`environments.production.retention.${sentence}`);
  });

  it('follows the source that is backed up least often', () => {
    const rarely = { ...source, name: 'archive', schedule: 'cron(0 2 ? * SUN *)' };
    expect(complaint({ sources: [source, rarely] })).toContain('the schedule needs at least 8 days');
  });

  it('accepts what pays', () => {
    const pays = {
      monthly: { days: 120, colderAfterDays: 30 },
      weekly: { days: 60, colderAfterDays: 30, colderClass: 'STANDARD_IA' },
    };
    expect(readEnvironments({ production: { ...good, retention: pays } }, 'production', now)).toHaveLength(1);
  });
});
