import type { Environments } from '../lib/infra/index.ts';

/**
 * The one file to edit. Each environment becomes one stack: `npx cdk deploy -c env=production`.
 *
 * Keep the connection itself out of here: put it into AWS Secrets Manager and name the secret by its complete
 * ARN, as `aws secretsmanager describe-secret` shows it (docs/deploy.md, step 1). The ARNs and addresses
 * below are examples to replace. lib/infra/environment/environment-settings.ts describes every setting. If a
 * setting is wrong, synthesizing names its path.
 */
export const environments: Environments = {
  development: {
    sources: [
      {
        name: 'app',
        secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:lifeboat/development/app-AbCdEf',
      },
    ],
    notifications: { emails: ['developers@example.com'] },
    // Development backups are not needed for long.
    retention: {
      daily: { days: 3 },
      weekly: { days: 14 },
      monthly: { days: 31 },
      manual: { days: 7 },
      undeleteDays: 1,
    },
  },

  staging: {
    sources: [
      {
        name: 'app',
        secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:lifeboat/staging/app-AbCdEf',
        // Restores and compares each night's backup as soon as it is sealed.
        drillAfterBackup: true,
      },
    ],
    notifications: { emails: ['developers@example.com'] },
  },

  production: {
    // Set these once you know where the stack belongs. Until then your credentials decide.
    // account: '111122223333',
    // region: 'eu-central-1',
    sources: [
      {
        name: 'app',
        secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:lifeboat/production/app-AbCdEf',
        schedule: 'cron(0 2 * * ? *)',
        drillSchedule: 'cron(0 5 ? * SUN *)',
        timeZone: 'UTC',
        // Measures the health of the database and alarms. Leave it out for a host that suspends idle databases (Neon).
        // Better with a login of its own that only has pg_monitor: health: { secretArn: 'arn:…' }
        health: { everyMinutes: 5 },
        // With tiers a restore lets people log in before the rest is loaded:
        // tiers: [['auth', 'public.users'], ['public.orders']],
      },
      {
        name: 'billing',
        secretArn:
          'arn:aws:secretsmanager:eu-central-1:111122223333:secret:lifeboat/production/billing-AbCdEf',
        // Clocks go forward at 02:00 in Berlin, so Scheduler would skip a run at that hour one night a year.
        schedule: 'cron(30 0/6 * * ? *)',
        drillSchedule: 'cron(0 4 ? * SUN *)',
        timeZone: 'Europe/Berlin',
        // Set vpc if only its own network can reach the database, on RDS for example:
        // vpc: {
        //   vpcId: 'vpc-0123456789abcdef0',
        //   availabilityZones: ['eu-central-1a', 'eu-central-1b'],
        //   subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
        // },
      },
    ],
    // Whom to call in an incident; `npx lifeboat runbook --env production` prints them (docs/deploy.md):
    // contacts: [{ name: 'Ada Lovelace', role: 'decides', phone: '+49 30 1234567', hours: '24/7' }],
    // Words instead of CloudWatch's JSON, in chats, pagers and e-mail (docs/notifications.md):
    // notifications: { emails: […], channels: [{ kind: 'slack', secretName: 'lifeboat/slack' }], digest: 'cron(0 7 ? * MON *)' },
    notifications: { emails: ['on-call@example.com', 'team@example.com'] },
    retention: {
      daily: { days: 7 },
      weekly: { days: 28 },
      monthly: { days: 365, colderAfterDays: 30, colderClass: 'GLACIER_IR' },
      manual: { days: 30 },
    },
    objectLock: { mode: 'governance' },
    // A second vault in another region, which S3 fills (docs/replica.md). Needs region above:
    // replica: { region: 'eu-west-1' },
    // Records who writes and deletes in the vault. Leave it out if your organisation has a trail:
    // audit: 'writes',
    thresholds: { sizeDeviationPercent: 50, durationFactor: 2, recoveryTimeMinutes: 10 },
    terminationProtection: true,
    tags: { service: 'lifeboat', criticality: 'high' },
  },
};
