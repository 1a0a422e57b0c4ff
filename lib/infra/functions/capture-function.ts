import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { FUNCTION_VARIABLES } from '../../contract/function-variables.ts';
import type { PointInTimeFigures } from '../point-in-time/point-in-time-figures.ts';
import type { SourceNetworkProps } from '../props/source-network-props.ts';
import type { SourceToProtect } from '../source-to-protect.ts';
import { listChangesOf, readLogOfChanges, writeChanges } from '../vault/changes-statements.ts';
import type { VaultInUse } from '../vault/vault-in-use.ts';
import { encryptObjects, listBackupsOf, readManifests } from '../vault/vault-statements.ts';
import { networkVariables, TRUST_AMAZON } from './network.ts';
import { publishCaptureOf } from './publish-metrics.ts';
import { readSecret } from './read-secret.ts';
import { RUN_TIME } from './time-limits.ts';
import { VaultFunction } from './vault-function.ts';

/** What a {@link CaptureFunction} is made from. */
export interface CaptureFunctionProps {
  readonly environment: string;
  readonly source: SourceToProtect;
  readonly figures: PointInTimeFigures;
  readonly vault: VaultInUse;
  /** Is asked for a base. */
  readonly backup: IFunction;
  /** How long a base may be under way, in minutes. */
  readonly baseMinutes: number;
  readonly logRetention: RetentionDays;
  /** @default - outside any VPC */
  readonly network?: SourceNetworkProps;
}

/**
 * Captures the changes of one source. It may run for longer than the schedule's interval, because of two runs one answers
 * `busy`. It has no dead letters: the next run goes on where this one ended, and alarms notice if none ends well.
 */
export class CaptureFunction extends VaultFunction {
  constructor(scope: Construct, id: string, props: CaptureFunctionProps) {
    const { environment, figures, vault, backup } = props;
    const { name, secret, secretKey, ageRecipients, hostProfile } = props.source;
    super(scope, id, {
      handlerName: 'capture',
      description: `Lifeboat: captures the changes of ${name} (${environment})`,
      variables: {
        [FUNCTION_VARIABLES.environment]: environment,
        [FUNCTION_VARIABLES.vault]: vault.url,
        [FUNCTION_VARIABLES.source]: name,
        [FUNCTION_VARIABLES.secretArn]: secret.secretArn,
        [FUNCTION_VARIABLES.captureEveryMinutes]: String(figures.everyMinutes),
        [FUNCTION_VARIABLES.backupFunction]: backup.functionName,
        [FUNCTION_VARIABLES.baseMinutes]: String(props.baseMinutes),
        ...(ageRecipients && { [FUNCTION_VARIABLES.ageRecipients]: JSON.stringify(ageRecipients) }),
        ...(hostProfile !== undefined && { [FUNCTION_VARIABLES.hostProfile]: hostProfile }),
        ...networkVariables(props.network),
        ...TRUST_AMAZON,
      },
      statements: [
        writeChanges(vault, name),
        readLogOfChanges(vault, name),
        listChangesOf(vault, name),
        listBackupsOf(vault, name),
        readManifests(vault, name),
        encryptObjects(vault),
        ...readSecret(scope, secret, secretKey),
        publishCaptureOf(environment, name),
        new PolicyStatement({
          sid: 'AskForBase',
          actions: ['lambda:InvokeFunction'],
          resources: [backup.functionArn],
        }),
      ],
      timeout: RUN_TIME,
      maximumEventAge: Duration.minutes(figures.everyMinutes),
      memoryMb: 512,
      temporaryStorageMb: 512,
      logRetention: props.logRetention,
      ...(props.network && { network: props.network }),
    });
  }
}
