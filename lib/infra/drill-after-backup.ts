import { EventField, Match, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ManifestSealedEvent } from '../contract/events.ts';
import { RETENTION_CLASSES } from '../contract/retention-classes.ts';
import type { DeadLetterPolicy } from './functions/dead-letter-policy.ts';
import type { RestoreDrillFunction } from './functions/restore-drill-function.ts';
import { HANDOVER_TIME, MOST_HANDOVER_ATTEMPTS } from './functions/time-limits.ts';
import type { Vault } from './vault/vault.ts';

/** What a {@link DrillAfterBackup} is made from. */
export interface DrillAfterBackupProps {
  readonly vault: Vault;
  readonly source: string;
  readonly drill: RestoreDrillFunction;
  /** Of the drill's dead letters. */
  readonly deadLetterPolicy: DeadLetterPolicy;
}

/**
 * Drills every backup of a source as soon as it is sealed: when its manifest appears in the vault, whoever wrote it. The
 * backup function needs no right to invoke anything, and nobody has to trust that it said it was done.
 */
export class DrillAfterBackup extends Construct {
  constructor(scope: Construct, id: string, props: DrillAfterBackupProps) {
    super(scope, id);
    const { vault, source, drill } = props;
    // On the resource itself: the L2 way deploys a function of its own to set one property.
    const bucket = vault.bucket.node.defaultChild as CfnBucket;
    bucket.notificationConfiguration = { eventBridgeConfiguration: { eventBridgeEnabled: true } };
    const rule = new Rule(this, 'Rule', {
      description: `Lifeboat: drill each backup of ${source} when it is sealed`,
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [vault.bucket.bucketName] },
          object: {
            key: RETENTION_CLASSES.flatMap((name) => Match.wildcard(`${name}/${source}/*/manifest.json`)),
          },
        },
      },
      targets: [
        new LambdaFunction(drill.function, {
          event: RuleTargetInput.fromObject({
            manifestKey: EventField.fromPath('$.detail.object.key'),
          } satisfies ManifestSealedEvent),
          // By its ARN: CDK would give the queue a policy of its own, and a queue has only one.
          deadLetterQueue: Queue.fromQueueArn(this, 'DeadLetters', drill.deadLetters.queue.queueArn),
          retryAttempts: MOST_HANDOVER_ATTEMPTS,
          maxEventAge: HANDOVER_TIME,
        }),
      ],
    });
    props.deadLetterPolicy.allowRule(rule);
  }
}
