import { Duration, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { FUNCTION_VARIABLES } from '../../contract/function-variables.ts';
import type { HealthResults } from '../health/health-results.ts';
import { channelName, type NamedChannel } from '../notifications/check-notifications.ts';
import type { ChannelProps } from '../props/notification-props.ts';
import type { VaultInUse } from '../vault/vault-in-use.ts';
import { decryptObjects, listVault, readManifestsAndProofs } from '../vault/vault-statements.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { publishTo } from './publish-to-topic.ts';
import { readSecret } from './read-secret.ts';
import { countRuns } from './sentinel-function.ts';
import { VaultFunction } from './vault-function.ts';

/** What a {@link NotifyFunction} is made from. */
export interface NotifyFunctionProps {
  readonly environment: string;
  readonly vault: VaultInUse;
  readonly channels: readonly ChannelProps[];
  /** The topic of the e-mails. */
  readonly mailTopic: ITopic;
  readonly table: Table;
  readonly logRetention: RetentionDays;
  readonly deadLetters: DeadLetterQueue;
}

/** CloudWatch turns a page-now red seconds after its child: their messages are gathered and told as one. */
const GATHER_SECONDS = 15;

/** Tells people in words what the alarms say. It can read manifests, proofs and results of health, and no row. */
export class NotifyFunction extends VaultFunction {
  readonly #measured: string[] = [];

  constructor(scope: Construct, id: string, props: NotifyFunctionProps) {
    const { vault, channels, mailTopic, table } = props;
    super(scope, id, {
      handlerName: 'notify',
      description: `Lifeboat: tells people what alarms say (${props.environment})`,
      variables: {
        [FUNCTION_VARIABLES.environment]: props.environment,
        [FUNCTION_VARIABLES.vault]: vault.url,
        [FUNCTION_VARIABLES.channels]: scopeJson(scope, channels),
        [FUNCTION_VARIABLES.mailTopic]: mailTopic.topicArn,
        [FUNCTION_VARIABLES.alertTable]: table.tableName,
        [FUNCTION_VARIABLES.sourceNames]: '[]',
        [FUNCTION_VARIABLES.gatherSeconds]: String(GATHER_SECONDS),
      },
      statements: [
        ...channels.flatMap(({ secret, secretKey }, index) =>
          readSecret(scope, secret, secretKey, `Channel${index + 1}`),
        ),
        ...publishTo(mailTopic),
        remember(table),
        listVault(vault),
        readManifestsAndProofs(vault),
        decryptObjects(vault),
        countRuns(),
      ],
      timeout: Duration.minutes(4),
      maximumEventAge: Duration.hours(1),
      memoryMb: 512,
      temporaryStorageMb: 512,
      logRetention: props.logRetention,
      deadLetters: props.deadLetters,
      // Lambda itself mails what this function could not tell, as it is.
      onFailure: { retries: 2, destinationArn: mailTopic.topicArn },
    });
  }

  knowSources(names: readonly string[]): void {
    this.function.addEnvironment(FUNCTION_VARIABLES.sourceNames, JSON.stringify(names));
  }

  /** Tells each critical finding of the health of another source. */
  knowHealth(source: string, results: HealthResults): void {
    if (this.#measured.length === 0) {
      this.function.addEnvironment(FUNCTION_VARIABLES.healthResults, results.url);
      this.policy.addStatements(results.notice());
    }
    this.#measured.push(source);
    this.policy.addStatements(results.read(source));
    this.function.addEnvironment(FUNCTION_VARIABLES.measuredSources, JSON.stringify(this.#measured));
  }
}

function scopeJson(scope: Construct, channels: readonly ChannelProps[]): string {
  const named = channels.map((channel, index): NamedChannel & { readonly secretArn: string } => ({
    name: channelName(channels, index),
    kind: channel.kind,
    secretArn: channel.secret.secretArn,
    hears: channel.hears ?? ['critical', 'warning', 'info'],
  }));
  return Stack.of(scope).toJsonString(named);
}

function remember({ tableArn }: Table): PolicyStatement {
  return new PolicyStatement({
    sid: 'RememberWhatWasTold',
    actions: [
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:Query',
    ],
    resources: [tableArn],
  });
}
