import { CfnOutput, NestedStack } from 'aws-cdk-lib';
import { FunctionUrlAuthType } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { EndpointFunction, type EndpointSource } from '../functions/endpoint-function.ts';
import type { HealthResults } from '../health/health-results.ts';
import type { HealthEndpointProps } from '../props/health-endpoint-props.ts';
import type { VaultInUse } from '../vault/vault-in-use.ts';

/** What a {@link HealthEndpoint} is made from. */
export interface HealthEndpointStackProps {
  readonly environment: string;
  readonly vault: VaultInUse;
  readonly endpoint: HealthEndpointProps;
  readonly logRetention: RetentionDays;
}

/** A function URL that tells monitors outside whether the sources are safe and well. One for each environment. */
export class HealthEndpoint extends NestedStack {
  readonly function: EndpointFunction;
  /** `https://….lambda-url.<region>.on.aws/` */
  readonly url: string;

  constructor(scope: Construct, id: string, props: HealthEndpointStackProps) {
    const { environment, vault, endpoint, logRetention } = props;
    super(scope, id, {
      description: `Lifeboat: tells monitors outside how the sources are (${environment})`,
    });
    this.function = new EndpointFunction(this, 'Endpoint', {
      ...{ environment, vault, logRetention },
      ...(endpoint.secretHeader && { secretHeader: endpoint.secretHeader }),
    });
    const { url } = this.function.function.addFunctionUrl({
      authType: endpoint.secretHeader ? FunctionUrlAuthType.NONE : FunctionUrlAuthType.AWS_IAM,
    });
    this.url = url;
    new CfnOutput(this, 'Url', { value: url });
  }

  /** Tells of another source, with its last result if it is measured. */
  tell(source: Omit<EndpointSource, 'measured'>, results: HealthResults | undefined): void {
    this.function.tell(source, results);
  }
}
