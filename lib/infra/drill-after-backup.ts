import { EventField, Match, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ManifestSealedEvent } from '../contract/events.ts';
import { RETENTION_CLASSES } from '../contract/retention-classes.ts';
import type { DeadLetterPolicy } from './functions/dead-letter-policy.ts';
import type { RestoreDrillFunction } from './functions/restore-drill-function.ts';
import { HANDOVER_TIME, MOST_HANDOVER_ATTEMPTS } from './functions/time-limits.ts';
import type { VaultInUse } from './vault/vault-in-use.ts';

/** What a {@link DrillAfterBackup} is made from. */
export interface DrillAfterBackupProps {
  readonly vault: VaultInUse;
  readonly source: string;
  readonly drill: RestoreDrillFunction;
  /** The policy of the drill's dead-letter queue. */
  readonly deadLetterPolicy: DeadLetterPolicy;
}

/**
 * Drills every backup of a source as soon as it is sealed, that is when its manifest appears in the vault,
 * even if a person wrote it. The backup function needs no permission to invoke anything, and its word is not
 * trusted.
 */
export class DrillAfterBackup extends Construct {
  constructor(scope: Construct, id: string, props: DrillAfterBackupProps) {
    super(scope, id);
    const { vault, source, drill } = props;
    vault.sendEvents();
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
          // Imported by its ARN: otherwise CDK would give the queue a second policy, and a queue can have
          // only one.
          deadLetterQueue: Queue.fromQueueArn(
            this,
            'DeadLetters',
            props.deadLetterPolicy.deadLetters.queue.queueArn,
          ),
          retryAttempts: MOST_HANDOVER_ATTEMPTS,
          maxEventAge: HANDOVER_TIME,
        }),
      ],
    });
    props.deadLetterPolicy.allowRule(rule.ruleArn);
  }
}
