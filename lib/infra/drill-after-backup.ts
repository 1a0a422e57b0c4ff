import { Duration } from 'aws-cdk-lib';
import { EventField, Match, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import type { RestoreDrillFunction } from './functions/restore-drill-function.ts';
import { RETENTION_CLASSES } from './retention-classes.ts';
import type { Vault } from './vault/vault.ts';

/** What a {@link DrillAfterBackup} is made from. */
export interface DrillAfterBackupProps {
  readonly vault: Vault;
  readonly source: string;
  readonly drill: RestoreDrillFunction;
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
    new Rule(this, 'Rule', {
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
          event: RuleTargetInput.fromObject({ manifestKey: EventField.fromPath('$.detail.object.key') }),
          deadLetterQueue: drill.deadLetters.queue,
          retryAttempts: 0,
          maxEventAge: Duration.minutes(15),
        }),
      ],
    });
  }
}
