import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { FunctionOptions } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { SourceNetworkProps } from '../props/source-network-props.ts';

/** The options of `Function` that concern the network. */
export function networkOptions(scope: Construct, network: SourceNetworkProps): FunctionOptions {
  const securityGroups = network.securityGroups ?? [
    new SecurityGroup(scope, 'SecurityGroup', {
      vpc: network.vpc,
      description: 'Lifeboat backup function: let the database accept it',
      allowAllOutbound: true,
      allowAllIpv6Outbound: network.dualStack ?? false,
    }),
  ];
  return {
    vpc: network.vpc,
    securityGroups,
    ...(network.subnets && { vpcSubnets: network.subnets }),
    ...(network.dualStack && { ipv6AllowedForDualStack: true }),
  };
}

/**
 * The variables of the SDK in a network. A dual-stack network may have no way out for IPv4 (an egress-only internet
 * gateway, and no NAT). The usual endpoints of S3 and CloudWatch have IPv4 addresses only, their dual-stack endpoints have
 * both kinds (Amazon S3 User Guide, "Using Amazon S3 dual-stack endpoints"; AWS General Reference, "Amazon CloudWatch
 * endpoints and quotas"). The usual endpoint of Secrets Manager has both anyway (AWS Secrets Manager User Guide,
 * "Control API access with IAM policies").
 */
export function networkVariables(network: SourceNetworkProps | undefined): Record<string, string> {
  return network?.dualStack ? { AWS_USE_DUALSTACK_ENDPOINT: 'true' } : {};
}

/**
 * Amazon's certificate authorities, including those of RDS. The runtime contains them but does not trust them by default
 * (AWS Lambda Developer Guide, "CA certificate loading"), so no certificate of RDS would verify.
 */
export const TRUST_AMAZON = { NODE_EXTRA_CA_CERTS: '/var/runtime/ca-cert.pem' } as const;

/**
 * Lambda attaches network interfaces with the function's own permissions. These actions do not support
 * narrower resources (AWS Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon
 * VPC").
 */
export function attachNetworkInterfaces(): PolicyStatement {
  return new PolicyStatement({
    sid: 'AttachNetworkInterfaces',
    actions: [
      'ec2:CreateNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ],
    resources: ['*'],
  });
}
