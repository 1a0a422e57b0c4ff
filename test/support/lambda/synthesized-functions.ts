import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type {
  EnvironmentSettings,
  SourceSettings,
} from '../../../lib/infra/environment/environment-settings.ts';
import { LifeboatStack } from '../../../lib/infra/lifeboat-stack.ts';
import { flatTemplate } from '../../infra/support/flat-template.ts';
import { resolve } from '../../infra/support/intrinsics.ts';
import { nestedStack, nestedTemplate } from '../../infra/support/nested.ts';
import { bucketStatements, roleStatements, type Statement } from '../../infra/support/policy.ts';
import { resource, resources } from '../../infra/support/synthesized.ts';
import { byParentsNames, type SynthesizedTask, taskOf, withoutPartition } from './synthesized-task.ts';

/** A function as the stack would deploy it. */
export interface SynthesizedFunction {
  readonly asset: string;
  readonly handler: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  /** Of its role and of the bucket's policy. */
  readonly statements: readonly Statement[];
  /** The ARN of its role. */
  readonly principal: string;
}

export interface SynthesizedSchedule {
  readonly name: string;
  /** The event that EventBridge Scheduler would send for a run. */
  event(slot: Date): unknown;
}

/** One environment with one source, bundled as `cdk deploy` would. */
export interface SynthesizedStack {
  readonly source: string;
  /** Names of resources are their logical ids, as test/infra/support/intrinsics.ts puts them. */
  readonly bucket: string;
  readonly secretArn: string;
  readonly resultsBucket: string;
  readonly schedules: { readonly backup: SynthesizedSchedule; readonly drill: SynthesizedSchedule };
  /** The name of the schedule of scrubs, which is in a stack of its own. */
  readonly scrubSchedule: string;
  readonly functions: Readonly<Record<FunctionName, SynthesizedFunction>>;
  /** Undefined if nobody is told in words. */
  readonly notify: SynthesizedFunction | undefined;
  /** Exports tables after backups, into a bucket of its own; undefined if nothing is exported. */
  readonly export: (SynthesizedFunction & { readonly bucket: string }) | undefined;
  /** Writes the status page into a bucket of its own; undefined if nobody has one. */
  readonly statusPage: (SynthesizedFunction & { readonly bucket: string }) | undefined;
  /** The task of the backups; undefined if the source has none. */
  readonly task: SynthesizedTask | undefined;
  remove(): void;
}

type FunctionName = 'backup' | 'restore-drill' | 'sentinel' | 'keeper' | 'health' | 'capture' | 'slot-watch';

const SOURCE = 'app';
const SECRET_ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf';

export const SLACK_SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:slack-AbCdEf';
const EMAILS = { emails: ['nobody@example.com'] };
/** With them the function that tells people is made, too. */
export const WORDED: EnvironmentSettings['notifications'] = {
  ...EMAILS,
  channels: [{ kind: 'slack', secretArn: SLACK_SECRET }],
  digest: 'rate(7 days)',
};

export function synthesizeFunctions(
  more: Partial<SourceSettings> = {},
  notifications: EnvironmentSettings['notifications'] = EMAILS,
  statusPage = false,
): SynthesizedStack {
  const outdir = mkdtempSync(join(tmpdir(), 'lifeboat-cdk-'));
  const app = new App({ outdir, context: { 'aws:cdk:enable-asset-metadata': true } });
  const settings: EnvironmentSettings = {
    sources: [
      {
        name: SOURCE,
        secretArn: SECRET_ARN,
        selection: { excludeTables: ['public.scratch_*'] },
        tiers: [['public.customers']],
        drillChecks: [{ name: 'customers', sql: 'SELECT count(*) FROM customers', expect: '1000' }],
        health: {},
        pointInTime: {},
        ...more,
      },
    ],
    notifications,
    ...(statusPage && { statusPage }),
  };
  const stack = new LifeboatStack(app, 'sandbox', { environment: 'sandbox', settings });
  // A statement may name what is in a nested stack: the schedule of scrubs.
  const template = flatTemplate(stack);
  const ofHealth = nestedTemplate(stack, 'Health');
  const [bucket] = resource(template, 'AWS::S3::Bucket', /VaultBucket/);

  function scheduleNamed(pattern: RegExp): SynthesizedSchedule {
    const [name, found] = resource(template, 'AWS::Scheduler::Schedule', pattern);
    const { Input } = resolve(found.Properties.Target) as { Input: string };
    // As Scheduler writes it: without milliseconds.
    const written = (slot: Date) => slot.toISOString().replace(/\.\d+Z$/, 'Z');
    return {
      name,
      event: (slot) => JSON.parse(Input.replaceAll('<aws.scheduler.scheduled-time>', written(slot))),
    };
  }

  const functionNamed = (pattern: RegExp) => functionOf(template, outdir, bucket, pattern);

  const [results] = resource(ofHealth, 'AWS::S3::Bucket', /Results/);

  const isWorded = notifications?.channels !== undefined;
  const own = resources(Template.fromStack(stack), 'AWS::Lambda::Function');
  if (own.length !== (isWorded ? 5 : 4)) throw new Error('there are other functions');
  return {
    source: SOURCE,
    bucket,
    secretArn: SECRET_ARN,
    resultsBucket: results,
    schedules: { backup: scheduleNamed(/BackupSchedule/), drill: scheduleNamed(/DrillSchedule/) },
    scrubSchedule: resource(template, 'AWS::Scheduler::Schedule', /ScrubSchedule/)[0],
    functions: {
      backup: functionNamed(/BackupFunction/),
      'restore-drill': functionNamed(/RestoreDrillFunction/),
      sentinel: functionNamed(/SentinelFunction/),
      keeper: functionNamed(/KeeperFunction/),
      health: functionOf(ofHealth, outdir, results, /HealthFunction/),
      capture: functionBelow(stack, 'PointInTime', outdir, bucket, /CaptureFunction/),
      'slot-watch': functionBelow(stack, 'PointInTime', outdir, bucket, /SlotWatchFunction/),
    },
    notify: isWorded ? functionNamed(/NotifyFunction/) : undefined,
    export: more.exports && withBucketBelow(stack, 'Exports', outdir, bucket, /ExportFunction/),
    statusPage: statusPage ? withBucketBelow(stack, 'StatusPage', outdir, bucket, /Writer/) : undefined,
    task: taskOf(stack, outdir, bucket),
    remove: () => rmSync(outdir, { recursive: true, force: true }),
  };
}

/** A function of a nested stack, and the bucket of that stack. */
function withBucketBelow(
  stack: LifeboatStack,
  below: string,
  outdir: string,
  vault: string,
  pattern: RegExp,
) {
  const found = functionBelow(stack, below, outdir, vault, pattern);
  const [bucket] = resource(nestedTemplate(stack, below), 'AWS::S3::Bucket', /^(Exports|Pages)Bucket/);
  return { ...found, bucket };
}

/** A function of a nested stack, with the names that the stack above gives it. */
function functionBelow(
  stack: LifeboatStack,
  below: string,
  outdir: string,
  bucket: string,
  pattern: RegExp,
): SynthesizedFunction {
  const nested = nestedStack(stack, below);
  if (!nested) throw new Error(`the source has no ${below}`);
  const found = functionOf(Template.fromStack(nested), outdir, undefined, pattern);
  const { variables, statements } = byParentsNames(found, stack) as SynthesizedFunction;
  return {
    ...{ ...found, variables },
    statements: [
      ...withoutPartition([...statements]),
      ...bucketStatements(Template.fromStack(stack), bucket),
    ],
  };
}

/** A function of a template whose assets lie in `outdir`, under its role and the policy of `bucket`, if it is in that template. */
export function functionOf(
  template: Template,
  outdir: string,
  bucket: string | undefined,
  pattern: RegExp,
): SynthesizedFunction {
  const [id, found] = resource(template, 'AWS::Lambda::Function', pattern);
  const { Metadata } = found as { Metadata?: Record<string, string> };
  const properties = resolve(found.Properties) as {
    Handler: string;
    MemorySize: number;
    Role: string;
    Environment: { Variables: Record<string, string> };
  };
  const asset = Metadata?.['aws:asset:path'];
  if (asset === undefined) throw new Error(`${id} has no asset`);
  return {
    asset: join(outdir, asset),
    handler: properties.Handler,
    variables: properties.Environment.Variables,
    memoryMb: properties.MemorySize,
    principal: properties.Role,
    statements: [
      ...roleStatements(template, new RegExp(`^${properties.Role.slice('arn:'.length)}$`)),
      ...(bucket === undefined ? [] : bucketStatements(template, bucket)),
    ],
  };
}
