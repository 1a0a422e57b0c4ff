import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';

/**
 * The network that a backup function runs in, to reach a database that has no public address. From there it
 * must also reach S3, Secrets Manager and CloudWatch: by NAT, or by VPC endpoints.
 */
export interface SourceNetworkProps {
  /** The VPC from which the database can be reached. */
  readonly vpc: IVpc;

  /** The subnets to run in. @default - the private subnets with a way out */
  readonly subnets?: SubnetSelection;

  /**
   * The function's security groups.
   *
   * @default - a new one that accepts nothing and reaches everything; the database's security group must
   * accept it
   */
  readonly securityGroups?: ISecurityGroup[];

  /**
   * Whether the function also gets IPv6, for hosts without an IPv4 address (a Supabase project's direct
   * host). The subnets must be dual-stack, with an egress-only internet gateway. The function then calls S3,
   * Secrets Manager and CloudWatch at their dual-stack endpoints too, and needs neither NAT nor VPC endpoints.
   *
   * @default false
   */
  readonly dualStack?: boolean;
}
