import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { FUNCTION_VARIABLES } from '../../contract/function-variables.ts';
import type { FunctionSizeSettings } from '../environment/shared-settings.ts';
import type { DrillCheckProps } from '../props/drill-check-props.ts';
import type { HeartbeatProps } from '../props/heartbeat-props.ts';
import type { VaultInUse } from '../vault/vault-in-use.ts';
import {
  decryptObjects,
  encryptObjects,
  listBackupsOf,
  lockObjects,
  readBackups,
  writeProofs,
} from '../vault/vault-statements.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { lockVariable } from './lock-variable.ts';
import { publishMetricsOf } from './publish-metrics.ts';
import { readSecret } from './read-secret.ts';
import { DRILL_EVENT_AGE, RUN_TIME } from './time-limits.ts';
import { VaultFunction } from './vault-function.ts';

/** The most /tmp that Lambda offers. It costs money only while a drill runs. */
export const DEFAULT_DRILL_ROOM_MB = 10_240;

/** What a {@link RestoreDrillFunction} is made from. */
export interface RestoreDrillFunctionProps {
  readonly environment: string;
  readonly source: string;
  readonly vault: VaultInUse;
  readonly checks: readonly DrillCheckProps[];
  readonly size: FunctionSizeSettings;
  /** The secret that holds an age identity. @default - the backups are not encrypted by Lifeboat */
  readonly identitySecret?: ISecret;
  /** @default - the secret is encrypted by AWS's own key for Secrets Manager */
  readonly identitySecretKey?: IKey;
  /**
   * Whether the vault is a replica. There a drill writes nothing: S3 brings the vault's proofs, and the keeper's
   * tags only for what S3 brought, so a proof of its own would never expire.
   *
   * @default false
   */
  readonly isReplica?: boolean;
  /** The secret with the address of a monitor outside. @default - none is told */
  readonly heartbeat?: HeartbeatProps;
  readonly logRetention: RetentionDays;
  readonly deadLetters: DeadLetterQueue;
}

/**
 * Restores a backup of one source into a database inside its own process, and compares it. It has no secret
 * but the key of encrypted backups, and no VPC, so it cannot reach the source: it proves a backup from the vault alone.
 */
export class RestoreDrillFunction extends VaultFunction {
  constructor(scope: Construct, id: string, props: RestoreDrillFunctionProps) {
    const { vault, source, checks, identitySecret, isReplica = false } = props;
    super(scope, id, {
      handlerName: 'restore-drill',
      description: `Lifeboat: restore drill of ${source} (${props.environment})`,
      variables: {
        [FUNCTION_VARIABLES.environment]: props.environment,
        [FUNCTION_VARIABLES.vault]: vault.url,
        [FUNCTION_VARIABLES.source]: source,
        ...(isReplica ? { [FUNCTION_VARIABLES.replica]: 'yes' } : lockVariable(vault)),
        ...(checks.length > 0 && { [FUNCTION_VARIABLES.drillChecks]: JSON.stringify(checks) }),
        ...(props.heartbeat && {
          [FUNCTION_VARIABLES.heartbeatSecretArn]: props.heartbeat.secret.secretArn,
        }),
        ...(identitySecret && { [FUNCTION_VARIABLES.ageIdentitySecretArn]: identitySecret.secretArn }),
      },
      statements: [
        listBackupsOf(vault, source),
        readBackups(vault, source),
        ...(isReplica
          ? [decryptObjects(vault)]
          : [
              writeProofs(vault, source),
              ...lockObjects(vault, source, '*/proof.json'),
              encryptObjects(vault),
            ]),
        ...(identitySecret ? readSecret(scope, identitySecret, props.identitySecretKey) : []),
        publishMetricsOf(props.environment, source),
        ...(props.heartbeat
          ? readSecret(scope, props.heartbeat.secret, props.heartbeat.secretKey, 'Heartbeat')
          : []),
      ],
      timeout: RUN_TIME,
      maximumEventAge: DRILL_EVENT_AGE,
      memoryMb: props.size.memoryMb ?? 2048,
      temporaryStorageMb: props.size.temporaryStorageMb ?? DEFAULT_DRILL_ROOM_MB,
      logRetention: props.logRetention,
      deadLetters: props.deadLetters,
    });
  }
}
