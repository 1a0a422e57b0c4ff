import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { FUNCTION_VARIABLES } from '../../contract/function-variables.ts';
import { healthResultKey } from '../../contract/health-results.ts';
import type { HealthResults } from '../health/health-results.ts';
import { DEFAULT_HEADER, type SecretHeaderProps } from '../props/health-endpoint-props.ts';
import type { VaultInUse } from '../vault/vault-in-use.ts';
import { decryptObjects, listVault, readManifestsAndProofs } from '../vault/vault-statements.ts';
import { readSecret } from './read-secret.ts';
import { VaultFunction } from './vault-function.ts';

/** A source of which the endpoint tells, with the limits of its alarms. */
export interface EndpointSource {
  readonly name: string;
  readonly backupSeconds: number;
  readonly proofSeconds?: number;
  readonly measured: boolean;
}

/** What an {@link EndpointFunction} is made from. */
export interface EndpointFunctionProps {
  readonly environment: string;
  readonly vault: VaultInUse;
  /** @default - IAM lets monitors in */
  readonly secretHeader?: SecretHeaderProps;
  readonly logRetention: RetentionDays;
}

/** Reads what the sentinel reads, and the last results of health. It reaches no source, and writes nothing. */
export class EndpointFunction extends VaultFunction {
  readonly #sources: EndpointSource[] = [];
  readonly #results: PolicyStatement;
  readonly #missing: PolicyStatement;

  constructor(scope: Construct, id: string, props: EndpointFunctionProps) {
    const { environment, vault, secretHeader } = props;
    const results = new PolicyStatement({ sid: 'ReadResults', actions: ['s3:GetObject'] });
    // As HealthResults.notice(): S3 tells nobody who may not list that there is no result yet.
    const missing = new PolicyStatement({
      sid: 'NoticeMissingResult',
      actions: ['s3:ListBucket'],
      conditions: { Null: { 's3:prefix': 'true' } },
    });
    super(scope, id, {
      handlerName: 'health-endpoint',
      description: `Lifeboat: tells monitors outside how the sources are (${environment})`,
      variables: {
        [FUNCTION_VARIABLES.environment]: environment,
        [FUNCTION_VARIABLES.vault]: vault.url,
        ...(secretHeader && {
          [FUNCTION_VARIABLES.endpointSecretArn]: secretHeader.secret.secretArn,
          [FUNCTION_VARIABLES.endpointHeader]: secretHeader.header ?? DEFAULT_HEADER,
        }),
      },
      statements: [
        listVault(vault),
        readManifestsAndProofs(vault),
        decryptObjects(vault),
        results,
        missing,
        ...(secretHeader ? readSecret(scope, secretHeader.secret, secretHeader.secretKey) : []),
      ],
      // Monitors wait for 10 to 60 seconds.
      timeout: Duration.seconds(25),
      maximumEventAge: Duration.minutes(1),
      memoryMb: 512,
      temporaryStorageMb: 512,
      logRetention: props.logRetention,
    });
    this.#results = results;
    this.#missing = missing;
  }

  tell(source: Omit<EndpointSource, 'measured'>, results: HealthResults | undefined): void {
    this.#sources.push({ ...source, measured: results !== undefined });
    this.function.addEnvironment(
      FUNCTION_VARIABLES.endpointSources,
      Stack.of(this).toJsonString(this.#sources),
    );
    if (!results) return;
    this.#results.addResources(results.bucket.arnForObjects(healthResultKey(source.name)));
    if (this.#missing.resources.length > 0) return;
    this.#missing.addResources(results.bucket.bucketArn);
    this.function.addEnvironment(FUNCTION_VARIABLES.healthResults, results.url);
  }
}
