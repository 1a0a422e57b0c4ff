import type { EnvironmentSettings } from '../lib/infra/environment/environment-settings.ts';

/**
 * The one file to edit. Each environment becomes one stack: `npx cdk deploy -c env=production`.
 *
 * Keep the connection itself out of here: put it into AWS Secrets Manager and name the secret by its complete ARN, as
 * `aws secretsmanager describe-secret` shows it (docs/deploy.md, step 1). The ARNs and addresses below are examples to
 * replace. Every setting is described in lib/infra/environment/environment-settings.ts; a wrong one is named by its path
 * when you synthesize.
 */
export const environments: Readonly<Record<string, EnvironmentSettings>> = {
  development: {
    sources: [
      {
        name: 'app',
        secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:lifeboat/development/app-AbCdEf',
      },
    ],
    notifications: { emails: ['developers@example.com'] },
    // Nothing here has to be kept for long.
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
        // Each night's backup is restored and compared the moment it is there.
        drillAfterBackup: true,
      },
    ],
    notifications: { emails: ['developers@example.com'] },
  },

  production: {
    // Pin them once you know where it should live; until then it goes where your credentials point.
    // account: '111122223333',
    // region: 'eu-central-1',
    sources: [
      {
        name: 'app',
        secretArn: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:lifeboat/production/app-AbCdEf',
        schedule: 'cron(0 2 * * ? *)',
        drillSchedule: 'cron(0 5 ? * SUN *)',
        timeZone: 'UTC',
        // When it is restored, people can log in before the rest is loaded:
        // tiers: [['auth', 'public.users'], ['public.orders']],
      },
      {
        name: 'billing',
        secretArn:
          'arn:aws:secretsmanager:eu-central-1:111122223333:secret:lifeboat/production/billing-AbCdEf',
        // Clocks go forward at 02:00 in Berlin: a run at that hour would be left out one night a year.
        schedule: 'cron(30 0/6 * * ? *)',
        drillSchedule: 'cron(0 4 ? * SUN *)',
        timeZone: 'Europe/Berlin',
        // A database that only its own network can reach, on RDS for example:
        // vpc: {
        //   vpcId: 'vpc-0123456789abcdef0',
        //   availabilityZones: ['eu-central-1a', 'eu-central-1b'],
        //   subnetIds: ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'],
        // },
      },
    ],
    notifications: { emails: ['on-call@example.com', 'team@example.com'] },
    retention: {
      daily: { days: 7 },
      weekly: { days: 28 },
      monthly: { days: 365, colderAfterDays: 30, colderClass: 'GLACIER_IR' },
      manual: { days: 30 },
    },
    objectLock: { mode: 'governance', days: 7 },
    thresholds: { sizeDeviationPercent: 50, durationFactor: 2, recoveryTimeMinutes: 10 },
    terminationProtection: true,
    tags: { service: 'lifeboat', criticality: 'high' },
  },
};
