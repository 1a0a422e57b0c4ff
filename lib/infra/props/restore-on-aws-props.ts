import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { SourceNetworkProps } from './source-network-props.ts';

/** Restores in tasks, by `lifeboat restore --on-aws`. */
export interface RestoreOnAwsProps {
  /**
   * The secrets with the connections of the databases that may be restored into: a `postgres://` URL, or RDS's JSON. Who may
   * start a restore may also read them.
   */
  readonly targetSecrets: ISecret[];

  /**
   * The network to restore from. It needs `securityGroups`, which the databases accept.
   *
   * @default - the network of the tasks, for databases with a public address
   */
  readonly network?: SourceNetworkProps;
}
