import { EventField, Match, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { ManifestSealedEvent } from '../../contract/events.ts';
import type { ConfiguredExport } from '../../contract/exports.ts';
import { exportFailedAlarm } from '../alarms/failure-alarms.ts';
import type { AlarmContext, LifeboatAlarm } from '../alarms/lifeboat-alarm.ts';
import { ExportFunction } from '../functions/export-function.ts';
import { HANDOVER_TIME, MOST_HANDOVER_ATTEMPTS } from '../functions/time-limits.ts';
import type { SourceToProtect } from '../source-to-protect.ts';
import type { VaultInUse } from '../vault/vault-in-use.ts';
import type { ExportsBucket } from './exports-bucket.ts';

/** Backups that people ask for by hand may be of a part of the database. */
const SCHEDULED_CLASSES = ['daily', 'weekly', 'monthly'] as const;

/** What a {@link SourceExports} is made from. */
export interface SourceExportsProps {
  readonly source: SourceToProtect;
  readonly exports: readonly ConfiguredExport[];
  readonly vault: VaultInUse;
  readonly bucket: ExportsBucket;
  readonly context: AlarmContext;
  readonly logRetention: RetentionDays;
}

/** The function that exports tables of each scheduled backup of one source as soon as it is sealed, and its alarm. */
export class SourceExports extends Construct {
  readonly function: IFunction;
  readonly alarms: LifeboatAlarm[];

  constructor(scope: Construct, id: string, props: SourceExportsProps) {
    super(scope, id);
    const { source, exports, vault, bucket, context, logRetention } = props;
    for (const { keepDays } of exports) bucket.expireAfter(keepDays);
    const exporting = new ExportFunction(this, 'Export', {
      ...{ environment: context.environment, source: source.name, vault, exports, bucket, logRetention },
      ...(source.ageIdentitySecret && { identitySecret: source.ageIdentitySecret }),
      ...(source.ageIdentitySecretKey && { identitySecretKey: source.ageIdentitySecretKey }),
    });
    vault.sendEvents();
    new Rule(this, 'Rule', {
      description: `Lifeboat: exports of each backup of ${source.name} when it is sealed`,
      eventPattern: {
        source: ['aws.s3'],
        detailType: ['Object Created'],
        detail: {
          bucket: { name: [vault.bucket.bucketName] },
          object: {
            key: SCHEDULED_CLASSES.flatMap((name) =>
              Match.wildcard(`${name}/${source.name}/*/manifest.json`),
            ),
          },
        },
      },
      targets: [
        new LambdaFunction(exporting.function, {
          event: RuleTargetInput.fromObject({
            manifestKey: EventField.fromPath('$.detail.object.key'),
          } satisfies ManifestSealedEvent),
          retryAttempts: MOST_HANDOVER_ATTEMPTS,
          maxEventAge: HANDOVER_TIME,
        }),
      ],
    });
    this.function = exporting.function;
    this.alarms = context.isOn ? [exportFailedAlarm(this, context, source.name, exporting)] : [];
  }
}
