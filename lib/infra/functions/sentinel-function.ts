import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { FUNCTION_VARIABLES } from '../../contract/function-variables.ts';
import type { HeartbeatProps } from '../props/heartbeat-props.ts';
import type { VaultInUse } from '../vault/vault-in-use.ts';
import { decryptObjects, listVault, readManifestsAndProofs } from '../vault/vault-statements.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { publishWatchedMetrics } from './publish-metrics.ts';
import { readSecret } from './read-secret.ts';
import { VaultFunction } from './vault-function.ts';

/** A schedule of the default group, from whose creation ages count. */
export interface WatchedSchedule {
  readonly name: string;
  readonly arn: string;
}

/** A source that the sentinel watches. */
export interface SourceToWatch {
  readonly name: string;
  readonly backupSchedule: WatchedSchedule;
  /** @default - no function drills it */
  readonly drillSchedule?: WatchedSchedule;
}

/** What a {@link SentinelFunction} is made from. */
export interface SentinelFunctionProps {
  readonly environment: string;
  readonly vault: VaultInUse;
  /** Whether the vault is a replica. */
  readonly isReplica: boolean;
  /** The secret with the address of a monitor outside. @default - none is told */
  readonly heartbeat?: HeartbeatProps;
  readonly logRetention: RetentionDays;
  readonly deadLetters: DeadLetterQueue;
}

/** Reads the vault and publishes ages. It does not rely on what jobs report, and cannot read any row. */
export class SentinelFunction extends VaultFunction {
  readonly #sources: SourceToWatch[] = [];
  readonly #creationDates: PolicyStatement;

  constructor(scope: Construct, id: string, props: SentinelFunctionProps) {
    const { vault } = props;
    const creationDates = readCreationDates();
    super(scope, id, {
      handlerName: 'sentinel',
      description: `Lifeboat: publishes the age of backups and proofs (${props.environment})`,
      variables: {
        [FUNCTION_VARIABLES.environment]: props.environment,
        [FUNCTION_VARIABLES.vault]: vault.url,
        ...(props.isReplica && { [FUNCTION_VARIABLES.replica]: 'yes' }),
      },
      statements: [
        listVault(vault),
        readManifestsAndProofs(vault),
        decryptObjects(vault),
        creationDates,
        countRuns(),
        publishWatchedMetrics(),
        ...(props.heartbeat
          ? [
              seeAlarms(),
              ...readSecret(scope, props.heartbeat.secret, props.heartbeat.secretKey, 'Heartbeat'),
            ]
          : []),
      ],
      // It runs every five minutes, and two runs must not overlap.
      timeout: Duration.minutes(4),
      maximumEventAge: Duration.minutes(5),
      memoryMb: 512,
      temporaryStorageMb: 512,
      logRetention: props.logRetention,
      deadLetters: props.deadLetters,
    });
    this.#creationDates = creationDates;
  }

  /** Publishes for every source how long ago a scrub ended. */
  watchScrubs({ name, arn }: WatchedSchedule): void {
    this.function.addEnvironment(FUNCTION_VARIABLES.scrubSchedule, name);
    this.#creationDates.addResources(arn);
  }

  watch(source: SourceToWatch): void {
    const { backupSchedule, drillSchedule } = source;
    this.#sources.push(source);
    this.function.addEnvironment(
      FUNCTION_VARIABLES.sources,
      Stack.of(this).toJsonString(this.#sources.map(inVariable)),
    );
    for (const { arn } of [backupSchedule, ...(drillSchedule ? [drillSchedule] : [])]) {
      if (!this.#creationDates.resources.includes(arn)) this.#creationDates.addResources(arn);
    }
  }
}

function inVariable({ name, backupSchedule, drillSchedule }: SourceToWatch) {
  return {
    name,
    backupSchedule: backupSchedule.name,
    ...(drillSchedule && { drillSchedule: drillSchedule.name }),
  };
}

/**
 * The age of a source without a backup counts from its schedule's creation, which no redeployment changes.
 */
function readCreationDates(): PolicyStatement {
  return new PolicyStatement({ sid: 'ReadCreationDates', actions: ['scheduler:GetSchedule'] });
}

/** For the heartbeat: not all is well while a page-now is red. */
function seeAlarms(): PolicyStatement {
  return new PolicyStatement({ sid: 'SeeAlarms', actions: ['cloudwatch:DescribeAlarms'], resources: ['*'] });
}

/**
 * For ConsecutiveDrillFailures: a drill that died has reported only DrillStarted. GetMetricData does not
 * support resources.
 */
export function countRuns(): PolicyStatement {
  return new PolicyStatement({
    sid: 'CountDrills',
    actions: ['cloudwatch:GetMetricData'],
    resources: ['*'],
  });
}
