import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { replicaBucketName } from '../../contract/stack-names.ts';
import type { ReplicaTargetProps } from '../props/replica-target-props.ts';
import { bucketArn, replicaKeyAlias } from './replica-names.ts';

/** The replica as the vault's stack names it. */
export interface ReplicaTarget {
  readonly account: string;
  readonly region: string;
  readonly isInOtherAccount: boolean;
  readonly bucketName: string;
  readonly bucketArn: string;
  /** `arn:aws:s3:::bucket/*` */
  readonly objectsArn: string;
  readonly keyAlias: string;
  readonly keyAliasArn: string;
  /** Every key of that region and account: a policy cannot name a key by its alias. */
  readonly keysArn: string;
}

export function replicaTargetOf(
  scope: Construct,
  environment: string,
  props: ReplicaTargetProps,
): ReplicaTarget {
  const stack = Stack.of(scope);
  const { region } = props;
  if (props.account !== undefined && Token.isUnresolved(stack.account)) {
    throw new Error(
      'replica.account is given, but the stack does not know its own account: give it env: { account }.',
    );
  }
  if (stack.region === region) {
    throw new Error(`replica.region is ${region}, the region of the vault: give another one.`);
  }
  const account = props.account ?? stack.account;
  const bucketName = replicaBucketName(environment, account, region);
  const keyAlias = replicaKeyAlias(environment);
  const kms = (resource: string) => `arn:${stack.partition}:kms:${region}:${account}:${resource}`;
  return {
    account,
    region,
    isInOtherAccount: account !== stack.account,
    bucketName,
    bucketArn: bucketArn(scope, bucketName),
    objectsArn: bucketArn(scope, bucketName, '*'),
    keyAlias,
    keyAliasArn: kms(keyAlias),
    keysArn: kms('key/*'),
  };
}
