import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { FUNCTION_VARIABLES } from '../../contract/function-variables.ts';
import type { BackupOrderSettings, FunctionSizeSettings } from '../environment/shared-settings.ts';
import type { HeartbeatProps } from '../props/heartbeat-props.ts';
import type { SourceNetworkProps } from '../props/source-network-props.ts';
import type { VaultInUse } from '../vault/vault-in-use.ts';
import {
  encryptObjects,
  lockObjects,
  neverWriteProofs,
  readManifests,
  writeBackups,
} from '../vault/vault-statements.ts';
import { backupOrderJson } from './backup-order.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { lockVariable } from './lock-variable.ts';
import { networkVariables } from './network.ts';
import { publishMetricsOf } from './publish-metrics.ts';
import { readSecret } from './read-secret.ts';
import { BACKUP_EVENT_AGE, RUN_TIME } from './time-limits.ts';
import { VaultFunction } from './vault-function.ts';

/** What a {@link BackupFunction} is made from. */
export interface BackupFunctionProps {
  readonly environment: string;
  readonly source: string;
  readonly vault: VaultInUse;
  /** The secret with the source's URL, or RDS's JSON. */
  readonly secret: ISecret;
  /** @default - the key that the secret itself names, or else AWS's own key for Secrets Manager */
  readonly secretKey?: IKey;
  readonly order: BackupOrderSettings;
  /** Public keys of age that backups are encrypted to. @default - not encrypted by Lifeboat */
  readonly ageRecipients?: readonly string[];
  readonly size: FunctionSizeSettings;
  /** The /tmp of the function that drills the backups, in MB. @default - no function drills them */
  readonly drillRoomMb?: number;
  /** The secret with the address of a monitor outside. @default - none is told */
  readonly heartbeat?: HeartbeatProps;
  readonly logRetention: RetentionDays;
  readonly deadLetters: DeadLetterQueue;
  /** @default - outside any VPC */
  readonly network?: SourceNetworkProps;
}

/**
 * Backs up one source. Each source has its own function: it can read only that source's secret and write only
 * below its prefixes, runs in its network, has its own size, and a fault in it affects no other source.
 */
export class BackupFunction extends VaultFunction {
  constructor(scope: Construct, id: string, props: BackupFunctionProps) {
    const { vault, source, secret } = props;
    const order = backupOrderJson(props.order);
    super(scope, id, {
      handlerName: 'backup',
      description: `Lifeboat: backs up ${source} (${props.environment})`,
      variables: {
        [FUNCTION_VARIABLES.environment]: props.environment,
        [FUNCTION_VARIABLES.vault]: vault.url,
        [FUNCTION_VARIABLES.source]: source,
        [FUNCTION_VARIABLES.secretArn]: secret.secretArn,
        ...lockVariable(vault),
        ...networkVariables(props.network),
        ...(order !== undefined && { [FUNCTION_VARIABLES.backupOrder]: order }),
        ...(props.ageRecipients && {
          [FUNCTION_VARIABLES.ageRecipients]: JSON.stringify(props.ageRecipients),
        }),
        ...(props.drillRoomMb !== undefined && {
          [FUNCTION_VARIABLES.drillRoomMb]: String(props.drillRoomMb),
        }),
        ...(props.heartbeat && {
          [FUNCTION_VARIABLES.heartbeatSecretArn]: props.heartbeat.secret.secretArn,
        }),
        // Amazon's certificate authorities, including those of RDS. The runtime contains them but does not
        // trust them by default (AWS Lambda Developer Guide, "CA certificate loading"), so no certificate of
        // RDS would verify.
        NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem',
      },
      statements: [
        writeBackups(vault, source),
        neverWriteProofs(vault, source),
        ...lockObjects(vault, source, '*'),
        readManifests(vault, source),
        encryptObjects(vault),
        ...readSecret(scope, secret, props.secretKey),
        publishMetricsOf(props.environment, source),
        ...(props.heartbeat
          ? readSecret(scope, props.heartbeat.secret, props.heartbeat.secretKey, 'Heartbeat')
          : []),
      ],
      timeout: RUN_TIME,
      maximumEventAge: BACKUP_EVENT_AGE,
      memoryMb: props.size.memoryMb ?? 2048,
      temporaryStorageMb: props.size.temporaryStorageMb ?? 512,
      logRetention: props.logRetention,
      deadLetters: props.deadLetters,
      ...(props.network && { network: props.network }),
    });
  }
}
