import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/**
 * The names that both stacks of a replicated environment must know. They are in different regions, where
 * CloudFormation resolves no reference from one to the other, so these names are written out, not referred to.
 */

/** The role's name and the bucket's name must fit into 64 and 63 characters beside a region's and an account's. */
export const LONGEST_REPLICATED_NAME = 26;

/** The environment's name in the alarms and metrics of the replica, so that nobody takes them for the vault's. */
export function replicaEnvironment(environment: string): string {
  return `${environment}-replica`;
}

/** The replica's bucket: names of buckets are unique in the world, so it holds the account and the region. */
export function replicaBucketName(environment: string, account: string, region: string): string {
  return `lifeboat-${environment}-${account}-${region}`;
}

/** The alias of the key that encrypts the replica. */
export function replicaKeyAlias(environment: string): string {
  return `alias/lifeboat-${replicaEnvironment(environment)}`;
}

/** The role with which S3 replicates the vault of `region`. */
export function replicationRoleName(environment: string, region: string): string {
  return `lifeboat-${environment}-${region}-replication`;
}

/** The ARN of a bucket, or of its objects, by its name. */
export function bucketArn(scope: Construct, bucketName: string, keys?: string): string {
  const { partition } = Stack.of(scope);
  return `arn:${partition}:s3:::${bucketName}${keys === undefined ? '' : `/${keys}`}`;
}

/** S3 names each rule in its metrics. */
export const REPLICATION_RULE = 'replica';
