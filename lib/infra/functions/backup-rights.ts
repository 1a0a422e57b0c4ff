import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { FUNCTION_VARIABLES } from '../../contract/function-variables.ts';
import type { BackupOrderSettings } from '../environment/shared-settings.ts';
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
import { lockVariable } from './lock-variable.ts';
import { networkVariables } from './network.ts';
import { publishMetricsOf } from './publish-metrics.ts';
import { readSecret } from './read-secret.ts';

/** What the function of a source and its task must both know to back it up. */
export interface BackupSettings {
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
  /** The /tmp of the function that drills the backups, in MB. @default - no function drills them */
  readonly drillRoomMb?: number;
  /** The secret with the address of a monitor outside. @default - none is told */
  readonly heartbeat?: HeartbeatProps;
  /** @default - outside any VPC of the user's */
  readonly network?: SourceNetworkProps;
}

export function backupVariables(settings: BackupSettings): Record<string, string> {
  const { vault, source, secret, ageRecipients, drillRoomMb, heartbeat } = settings;
  const order = backupOrderJson(settings.order);
  return {
    [FUNCTION_VARIABLES.environment]: settings.environment,
    [FUNCTION_VARIABLES.vault]: vault.url,
    [FUNCTION_VARIABLES.source]: source,
    [FUNCTION_VARIABLES.secretArn]: secret.secretArn,
    ...lockVariable(vault),
    ...networkVariables(settings.network),
    ...(order !== undefined && { [FUNCTION_VARIABLES.backupOrder]: order }),
    ...(ageRecipients && { [FUNCTION_VARIABLES.ageRecipients]: JSON.stringify(ageRecipients) }),
    ...(heartbeat && { [FUNCTION_VARIABLES.heartbeatSecretArn]: heartbeat.secret.secretArn }),
    ...(drillRoomMb !== undefined && { [FUNCTION_VARIABLES.drillRoomMb]: String(drillRoomMb) }),
  };
}

/** Everything that whoever backs up a source may do. */
export function backupStatements(scope: Construct, settings: BackupSettings): PolicyStatement[] {
  const { vault, source, secret, secretKey, environment, heartbeat } = settings;
  return [
    writeBackups(vault, source),
    neverWriteProofs(vault, source),
    ...lockObjects(vault, source, '*'),
    readManifests(vault, source),
    encryptObjects(vault),
    ...readSecret(scope, secret, secretKey),
    publishMetricsOf(environment, source),
    ...(heartbeat ? readSecret(scope, heartbeat.secret, heartbeat.secretKey, 'Heartbeat') : []),
  ];
}
