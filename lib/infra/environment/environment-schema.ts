import * as z from 'zod';
import type { EnvironmentSettings } from './environment-settings.ts';

const whole = z.int({ error: 'should be a whole number' }).positive({ error: 'should be more than 0' });
const words = (pattern: RegExp, error: string) => z.string({ error }).regex(pattern, { error });

const functionSize = z.strictObject({
  memoryMb: whole.exactOptional(),
  temporaryStorageMb: whole.exactOptional(),
});

const classRetention = z.strictObject({
  days: whole,
  colderAfterDays: whole.exactOptional(),
  colderClass: z.string().exactOptional(),
});

const vpc = z
  .strictObject({
    vpcId: words(/^vpc-[0-9a-f]{8}(?:[0-9a-f]{9})?$/, 'should be a VPC id such as vpc-0123456789abcdef0'),
    availabilityZones: z.array(z.string()).min(1, { error: 'should name at least one zone' }),
    subnetIds: z
      .array(
        words(
          /^subnet-[0-9a-f]{8}(?:[0-9a-f]{9})?$/,
          'should be a subnet id such as subnet-0123456789abcdef0',
        ),
      )
      .min(1, { error: 'should name at least one subnet' }),
    securityGroupIds: z
      .array(
        words(
          /^sg-[0-9a-f]{8}(?:[0-9a-f]{9})?$/,
          'should be a security group id such as sg-0123456789abcdef0',
        ),
      )
      .min(1, { error: 'should be left out rather than empty' })
      .exactOptional(),
    dualStack: z.boolean().exactOptional(),
  })
  .refine(({ subnetIds, availabilityZones }) => subnetIds.length === availabilityZones.length, {
    path: ['availabilityZones'],
    error: 'should be as many as subnetIds, in the same order',
  });

const patterns = z.array(z.string()).exactOptional();

const backupOrder = {
  selection: z
    .strictObject({
      schemas: patterns,
      excludeSchemas: patterns,
      tables: patterns,
      excludeTables: patterns,
      excludeTableData: patterns,
    })
    .exactOptional(),
  tiers: z.array(z.array(z.string())).exactOptional(),
  hostProfile: z.string().exactOptional(),
  load: z
    .strictObject({ jobs: whole.exactOptional(), maxMegabytesPerSecond: whole.exactOptional() })
    .exactOptional(),
};

const text = z.string().min(1, { error: 'is empty' });

const source = z.strictObject({
  ...backupOrder,
  name: z.string(),
  secretArn: words(
    /^arn:aws[\w-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$/,
    'should be the complete ARN of a secret, arn:aws:secretsmanager:<region>:<account>:secret:<name>-<six characters>; `aws secretsmanager describe-secret` shows it, and nothing else of the connection belongs here',
  ),
  secretKeyArn: words(
    /^arn:aws[\w-]*:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/,
    'should be the ARN of a KMS key',
  ).exactOptional(),
  schedule: z.string().exactOptional(),
  drillSchedule: z.string().exactOptional(),
  timeZone: z.string().exactOptional(),
  drillAfterBackup: z.boolean().exactOptional(),
  drillChecks: z.array(z.strictObject({ name: text, sql: text, expect: z.string() })).exactOptional(),
  vpc: vpc.exactOptional(),
  backupSize: functionSize.exactOptional(),
  drillSize: functionSize.exactOptional(),
});

/** Shapes and types. What settings mean together is checked by check-postgres-backup.ts, as for the construct. */
export const environmentSchema: z.ZodType<EnvironmentSettings> = z.strictObject({
  account: words(/^\d{12}$/, 'should be the 12 digits of an AWS account, in quotes').exactOptional(),
  region: words(/^[a-z]{2}(-[a-z]+)+-\d$/, 'should be an AWS region such as eu-central-1').exactOptional(),
  sources: z.array(source),
  notifications: z.strictObject({
    emails: z
      .array(z.email({ error: 'should be an e-mail address' }))
      .min(1, { error: 'is empty, so nobody would hear an alarm: give at least one address' }),
  }),
  retention: z
    .strictObject({
      daily: classRetention.exactOptional(),
      weekly: classRetention.exactOptional(),
      monthly: classRetention.exactOptional(),
      manual: classRetention.exactOptional(),
      undeleteDays: whole.exactOptional(),
    })
    .exactOptional(),
  objectLock: z
    .strictObject({
      mode: z.enum(['governance', 'compliance'], { error: 'should be "governance" or "compliance"' }),
      days: whole,
    })
    .exactOptional(),
  thresholds: z
    .strictObject({
      sizeDeviationPercent: z.number().exactOptional(),
      durationFactor: z.number().exactOptional(),
      recoveryTimeMinutes: z.number().exactOptional(),
    })
    .exactOptional(),
  restorers: z
    .array(words(/^arn:aws[\w-]*:iam::\d{12}:(user|role|root)/, 'should be the ARN of a user or role'))
    .min(1, { error: 'should be left out rather than empty' })
    .exactOptional(),
  runbook: z.string().min(1).exactOptional(),
  terminationProtection: z.boolean().exactOptional(),
  tags: z.record(z.string(), z.string()).exactOptional(),
});
