import { Duration, Lazy, NestedStack, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { FUNCTION_VARIABLES } from '../../contract/function-variables.ts';
import type { AlarmContext, LifeboatAlarm } from '../alarms/lifeboat-alarm.ts';
import { scrubDamagedAlarm, scrubEndAlarms, scrubOverdueAlarm } from '../alarms/scrub-alarms.ts';
import type { DeadLetterQueue } from '../functions/dead-letter-queue.ts';
import type { FunctionName } from '../functions/function-names.ts';
import { FunctionSchedule } from '../functions/function-schedule.ts';
import { publishScrubMetrics } from '../functions/publish-metrics.ts';
import { publishTo } from '../functions/publish-to-topic.ts';
import { schedulerOf } from '../functions/schedule-role.ts';
import type { WatchedSchedule } from '../functions/sentinel-function.ts';
import { KEEPER_EVENT_AGE, RUN_TIME } from '../functions/time-limits.ts';
import { VaultFunction } from '../functions/vault-function.ts';
import type { VaultInUse } from '../vault/vault-in-use.ts';
import {
  decryptObjects,
  encryptObjects,
  listVault,
  readManifestsAndProofs,
} from '../vault/vault-statements.ts';
import { ScrubMachine } from './scrub-machine.ts';
import { readObjects, readWork, writeLists, writeScrubRecords } from './scrub-statements.ts';
import { WorkBucket } from './work-bucket.ts';

/** What a {@link Scrub} is made from. */
export interface ScrubProps {
  readonly vault: VaultInUse;
  readonly context: AlarmContext;
  readonly logRetention: RetentionDays;
  /** `cron(…)` or `rate(…)`, in UTC. */
  readonly schedule: string;
  /** The longest time between two of its runs. */
  readonly gapMs: number;
  /** Of what looks at the vault. */
  readonly deadLetters: DeadLetterQueue;
}

/**
 * One processor of Lambda: 1,769 MB (AWS Lambda Developer Guide, "Configure Lambda function memory"). The check of one object
 * uses one, and it reads as fast as it checks.
 */
const CHECK_MEMORY_MB = 1769;
/** A manifest of 10,000 tables has 20 MB of JSON, which becomes ten times as much in memory. */
const LIST_MEMORY_MB = 1769;

/**
 * Reads every object of every sealed backup again, on a schedule: a state machine with a distributed map, its functions,
 * and its alarms. It is a stack of its own, nested in the environment's, because that one may hold 500 resources.
 */
export class Scrub extends NestedStack {
  readonly machine: ScrubMachine;
  /** On its executions; none if alarms are off. */
  readonly endAlarms: readonly LifeboatAlarm[];
  readonly schedule: WatchedSchedule;
  readonly #context: AlarmContext;
  readonly #gapMs: number;
  readonly #sources: string[] = [];
  readonly #alarms = new Map<string, LifeboatAlarm[]>();

  constructor(scope: Construct, id: string, props: ScrubProps) {
    super(scope, id, { description: `Lifeboat: reads every backup again (${props.context.environment})` });
    const { vault, context, logRetention, schedule, deadLetters } = props;
    const { environment, topic, runbook } = context;
    this.#context = context;
    this.#gapMs = props.gapMs;
    const work = new WorkBucket(this, 'Work');
    const makeFunction = (
      functionId: string,
      handlerName: FunctionName,
      purpose: string,
      memoryMb: number,
      statements: PolicyStatement[],
      variables: Record<string, string> = {},
    ) =>
      new VaultFunction(this, functionId, {
        handlerName,
        description: `Lifeboat: ${purpose} (${environment})`,
        variables: {
          [FUNCTION_VARIABLES.environment]: environment,
          [FUNCTION_VARIABLES.vault]: vault.url,
          [FUNCTION_VARIABLES.scrubWork]: `s3://${work.bucket.bucketName}`,
          ...variables,
        },
        statements,
        timeout: RUN_TIME,
        maximumEventAge: KEEPER_EVENT_AGE,
        memoryMb,
        temporaryStorageMb: 512,
        ...{ logRetention, deadLetters },
      });
    const list = makeFunction('List', 'scrub-list', 'lists what is scrubbed', LIST_MEMORY_MB, [
      listVault(vault),
      readManifestsAndProofs(vault),
      decryptObjects(vault),
      writeLists(work.bucket),
    ]);
    const check = makeFunction('Check', 'scrub-check', 'reads backups again', CHECK_MEMORY_MB, [
      listVault(vault),
      readObjects(vault),
      decryptObjects(vault),
    ]);
    const end = makeFunction(
      'End',
      'scrub-end',
      'writes down what a scrub found',
      1024,
      [
        listVault(vault),
        readManifestsAndProofs(vault),
        writeScrubRecords(vault),
        encryptObjects(vault),
        readWork(work.bucket),
        publishScrubMetrics(),
        ...publishTo(topic),
      ],
      {
        [FUNCTION_VARIABLES.alertTopic]: topic.topicArn,
        [FUNCTION_VARIABLES.runbook]: runbook,
        // Sources may be added later.
        [FUNCTION_VARIABLES.scrubSources]: Lazy.string({ produce: () => JSON.stringify(this.#sources) }),
      },
    );
    this.machine = new ScrubMachine(this, 'Machine', { environment, list, check, end, work, deadLetters });
    const scheduled = new FunctionSchedule(this, 'Schedule', {
      target: this.machine,
      role: { role: this.#scheduleRole() },
      description: `Lifeboat: read every backup again (${environment})`,
      expression: schedule,
      timeZone: 'UTC',
      input: '{}',
      // It reads for hours, at no fixed time.
      handoverTime: Duration.hours(24),
    });
    this.schedule = scheduled.watched;
    this.endAlarms = context.isOn ? scrubEndAlarms(this, context, this.machine.targetArn) : [];
  }

  /** Watches another source. */
  watch(source: string): void {
    this.#sources.push(source);
    if (!this.#context.isOn) return;
    this.#alarms.set(source, [
      scrubDamagedAlarm(this, this.#context, source),
      scrubOverdueAlarm(this, this.#context, source, this.#gapMs),
    ]);
  }

  /** The alarms of one source. */
  alarmsOf(source: string): LifeboatAlarm[] {
    return this.#alarms.get(source) ?? [];
  }

  #scheduleRole(): Role {
    return new Role(this, 'ScheduleRole', {
      assumedBy: schedulerOf(Stack.of(this)),
      inlinePolicies: {
        Schedule: new PolicyDocument({
          statements: [
            new PolicyStatement({
              sid: 'Start',
              actions: ['states:StartExecution'],
              resources: [this.machine.targetArn],
            }),
            new PolicyStatement({
              sid: 'SendDeadLetters',
              actions: ['sqs:SendMessage'],
              resources: [this.machine.deadLetters.queue.queueArn],
            }),
          ],
        }),
      },
    });
  }
}
