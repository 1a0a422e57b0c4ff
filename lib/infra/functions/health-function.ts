import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { FUNCTION_VARIABLES } from '../../contract/function-variables.ts';
import type { HealthMeasureSettings } from '../environment/shared-settings.ts';
import { healthSettingsJson } from '../health/check-health.ts';
import type { HealthResults } from '../health/health-results.ts';
import type { SourceNetworkProps } from '../props/source-network-props.ts';
import { networkVariables, TRUST_AMAZON } from './network.ts';
import { publishHealthOf } from './publish-metrics.ts';
import { readSecret } from './read-secret.ts';
import { VaultFunction } from './vault-function.ts';

/** What a {@link HealthFunction} is made from. */
export interface HealthFunctionProps {
  readonly environment: string;
  readonly source: string;
  /** The secret with the login. */
  readonly secret: ISecret;
  /** @default - the key that the secret itself names, or else AWS's own key for Secrets Manager */
  readonly secretKey?: IKey;
  readonly settings: HealthMeasureSettings;
  readonly everyMinutes: number;
  readonly results: HealthResults;
  readonly logRetention: RetentionDays;
  /** @default - outside any VPC */
  readonly network?: SourceNetworkProps;
}

/** A run that finds the source unreachable stays for five minutes, if the next one comes later, and needs time to tell. */
const LONGEST_MINUTES = 8;

/**
 * Measures the health of one source. It has its own login and network, reads no row, and knows nothing of the vault. It has
 * no dead letters: the next run does the same, and an alarm notices if none ends well.
 */
export class HealthFunction extends VaultFunction {
  constructor(scope: Construct, id: string, props: HealthFunctionProps) {
    const { environment, source, secret, results, everyMinutes } = props;
    const settings = healthSettingsJson(props.settings);
    super(scope, id, {
      handlerName: 'health',
      description: `Lifeboat: measures the health of ${source} (${environment})`,
      variables: {
        [FUNCTION_VARIABLES.environment]: environment,
        [FUNCTION_VARIABLES.source]: source,
        [FUNCTION_VARIABLES.secretArn]: secret.secretArn,
        [FUNCTION_VARIABLES.healthResults]: results.url,
        [FUNCTION_VARIABLES.healthEveryMinutes]: String(everyMinutes),
        ...(settings !== undefined && { [FUNCTION_VARIABLES.healthSettings]: settings }),
        ...networkVariables(props.network),
        ...TRUST_AMAZON,
      },
      statements: [
        ...readSecret(scope, secret, props.secretKey),
        results.read(source),
        results.write(source),
        results.notice(),
        publishHealthOf(environment, source),
      ],
      // Two runs of a source must not overlap.
      timeout: Duration.minutes(Math.min(everyMinutes, LONGEST_MINUTES)),
      maximumEventAge: Duration.minutes(everyMinutes),
      memoryMb: 256,
      temporaryStorageMb: 512,
      logRetention: props.logRetention,
      ...(props.network && { network: props.network }),
    });
  }
}
