import { Fn } from 'aws-cdk-lib';
import {
  GatewayVpcEndpointAwsService,
  IpAddresses,
  IpProtocol,
  type IVpc,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.ts';

/** Where a task runs: what RunTask is told. */
export interface TaskPlace {
  readonly subnetIds: string[];
  readonly securityGroupIds: string[];
  /** Whether a task gets a public IPv4 address while it runs. */
  readonly assignPublicIp: boolean;
}

/**
 * The network of tasks whose sources name no VPC. It costs nothing at rest: there is no NAT gateway and no interface
 * endpoint. Nothing can connect to a task from outside, because its security group accepts nothing.
 *
 * A task in a public subnet needs a public IPv4 address to pull its image, and its interface gets an IPv6 address as
 * well if the VPC and the subnet have IPv6 (Amazon ECS Developer Guide, "Amazon ECS task networking options for
 * Fargate"). With the IPv6 address it reaches hosts that have no IPv4, such as a Supabase project's direct host. A public
 * IPv4 address is billed while a task has it (Amazon VPC pricing, "Public IPv4 Address").
 */
export class TaskNetwork extends Construct {
  readonly vpc: Vpc;
  readonly place: TaskPlace;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.213.0.0/24'),
      ipProtocol: IpProtocol.DUAL_STACK,
      // By their place in the list: by name the CDK would look them up over the network when it synthesizes.
      availabilityZones: [0, 1].map((index) => Fn.select(index, Fn.getAzs())),
      natGateways: 0,
      subnetConfiguration: [
        { name: 'Public', subnetType: SubnetType.PUBLIC, cidrMask: 26, mapPublicIpOnLaunch: false },
      ],
      // Rows go to S3 without crossing the internet, and the endpoint is free.
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
      // Nothing is in the default group. Emptying it would take a function with permissions on security groups.
      restrictDefaultSecurityGroup: false,
    });
    acknowledge(this.vpc, {
      id: 'AwsSolutions-VPC7',
      reason: 'Flow logs cost money for each byte of a backup. Only tasks of this stack are in the VPC.',
    });
    const group = new SecurityGroup(this, 'SecurityGroup', {
      // CDK's own types do not agree under exactOptionalPropertyTypes.
      vpc: this.vpc as IVpc,
      description: 'Lifeboat tasks: nothing may connect to them',
      allowAllOutbound: true,
      allowAllIpv6Outbound: true,
    });
    this.place = {
      subnetIds: this.vpc.publicSubnets.map(({ subnetId }) => subnetId),
      securityGroupIds: [group.securityGroupId],
      assignPublicIp: true,
    };
  }
}
