import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { replicaEnvironment } from '../../contract/stack-names.ts';

/**
 * The names that both stacks of a replicated environment must know. They are in different regions, where
 * CloudFormation resolves no reference from one to the other, so these names are written out, not referred to.
 */

/** The role's name and the bucket's name must fit into 64 and 63 characters beside a region's and an account's. */
export const LONGEST_REPLICATED_NAME = 26;

/** The alias of the key that encrypts the replica. */
export function replicaKeyAlias(environment: string): string {
  return `alias/lifeboat-${replicaEnvironment(environment)}`;
}

/** The ARN of a bucket, or of its objects, by its name. */
export function bucketArn(scope: Construct, bucketName: string, keys?: string): string {
  const { partition } = Stack.of(scope);
  return `arn:${partition}:s3:::${bucketName}${keys === undefined ? '' : `/${keys}`}`;
}

/** S3 names each rule in its metrics. */
export const REPLICATION_RULE = 'replica';
