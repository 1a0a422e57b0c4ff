import { Aws, DefaultStackSynthesizer, Fn, Stack } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { CfnKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { breakGlassRoleNameIn } from '../../contract/stack-names.ts';

/** What could empty a vault through its settings, or let somebody do it later. */
export const GUARDED_BUCKET_ACTIONS = [
  's3:PutLifecycleConfiguration',
  's3:PutBucketVersioning',
  's3:PutBucketObjectLockConfiguration',
  's3:PutEncryptionConfiguration',
  's3:PutBucketPolicy',
  's3:DeleteBucketPolicy',
  's3:DeleteBucket',
];

/** What deletes or hides a backup, lifts its lock, or encrypts it anew with a key that somebody may delete later. */
export const GUARDED_OBJECT_ACTIONS = [
  's3:DeleteObject',
  's3:DeleteObjectVersion',
  's3:BypassGovernanceRetention',
  's3:UpdateObjectEncryption',
];

/** What makes every backup unreadable. */
export const GUARDED_KEY_ACTIONS = ['kms:ScheduleKeyDeletion', 'kms:DisableKey', 'kms:PutKeyPolicy'];

/**
 * The days for which a key whose deletion was scheduled can still be saved: as many as KMS allows (AWS KMS
 * API Reference, ScheduleKeyDeletion).
 */
export const KEY_DELETION_DAYS = 30;

export function breakGlassRoleName(environment: string): string {
  return breakGlassRoleNameIn(environment, Aws.REGION);
}

/**
 * The ARN of the role that breaks the glass. It is written out, not referred to: the role's policy names the
 * bucket and the key, and their policies name the role. It also stays valid if the role is deleted and made
 * again under its name, so nobody is locked out for ever.
 */
function breakGlassRoleArn(scope: Construct, environment: string): string {
  return Stack.of(scope).formatArn({
    service: 'iam',
    region: '',
    resource: 'role',
    resourceName: breakGlassRoleName(environment),
  });
}

/** Denies everybody but the break-glass role to delete in the vault, or to change what protects it. */
export function guardBucket(bucket: Bucket, environment: string): void {
  const everybodyElse = {
    ArnNotEquals: { 'aws:PrincipalArn': breakGlassRoleArn(bucket, environment) },
  };
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'GuardSettings',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: GUARDED_BUCKET_ACTIONS,
      resources: [bucket.bucketArn],
      conditions: everybodyElse,
    }),
  );
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'GuardObjects',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: GUARDED_OBJECT_ACTIONS,
      resources: [bucket.arnForObjects('*')],
      conditions: everybodyElse,
    }),
  );
}

/**
 * Denies everybody but the keeper and the break-glass role to tag an object. The rules of the bucket expire what is
 * tagged and old enough, so a tag is half of a deletion. A PutObject with tags needs the same permission (Amazon S3 API
 * Reference, PutObject).
 */
export function guardTags(bucket: Bucket, environment: string, keeper?: IRole): void {
  const glass = breakGlassRoleArn(bucket, environment);
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'GuardTags',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['s3:PutObjectTagging', 's3:PutObjectVersionTagging'],
      resources: [bucket.arnForObjects('*')],
      conditions: {
        ArnNotEquals: { 'aws:PrincipalArn': keeper ? [glass, keeper.roleArn] : glass },
      },
    }),
  );
}

/** Denies everybody but the hold role and the break-glass role to put a legal hold, and to lift one. */
export function guardHolds(bucket: Bucket, environment: string, holder: IRole): void {
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: 'GuardHolds',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['s3:PutObjectLegalHold'],
      resources: [bucket.arnForObjects('*')],
      conditions: {
        ArnNotEquals: { 'aws:PrincipalArn': [breakGlassRoleArn(bucket, environment), holder.roleArn] },
      },
    }),
  );
}

/**
 * Denies everybody but the break-glass role to lock anything for longer than the vault's own locks or classes, or in
 * another mode: who may lock could otherwise lock all of it for a hundred years, and it would be billed for as long.
 */
export function guardLocks(bucket: Bucket, environment: string, mode: string, longestDays: number): void {
  const everybodyElse = { 'aws:PrincipalArn': breakGlassRoleArn(bucket, environment) };
  const deny = (sid: string, conditions: Record<string, Record<string, string>>) =>
    bucket.addToResourcePolicy(
      new PolicyStatement({
        sid,
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['s3:PutObjectRetention'],
        resources: [bucket.arnForObjects('*')],
        conditions: { ArnNotEquals: everybodyElse, ...conditions },
      }),
    );
  deny('GuardLockDays', {
    NumericGreaterThan: { 's3:object-lock-remaining-retention-days': String(longestDays) },
  });
  if (mode !== 'compliance') deny('GuardLockMode', { StringEquals: { 's3:object-lock-mode': 'COMPLIANCE' } });
}

/**
 * Denies everybody but the break-glass role to delete or disable the key, or to change its policy. A replica's key is
 * found by its alias, so nobody but a deployment may move that to another key.
 *
 * One exception: the role with which CloudFormation deploys may schedule the deletion, for the longest time
 * that KMS knows. Otherwise a first deployment that fails could not be rolled back, and would leave a key
 * behind each time. A key that was ever deployed is retained, and its deletion is announced to the topic and
 * can be cancelled for {@link KEY_DELETION_DAYS} days.
 */
export function guardKey(key: Key, environment: string): void {
  // KMS refuses a policy by which its own author could not put the next one, unless the author says that this is meant
  // (AWS KMS API Reference, CreateKey).
  (key.node.defaultChild as CfnKey).bypassPolicyLockoutSafetyCheck = true;
  const glass = breakGlassRoleArn(key, environment);
  const deployer = deploymentRoleArn(key);
  const deny = (sid: string, actions: string[], conditions: Record<string, Record<string, unknown>>) =>
    key.addToResourcePolicy(
      new PolicyStatement({
        sid,
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions,
        // In a key's policy this is the key itself.
        resources: ['*'],
        conditions,
      }),
      false,
    );
  const [deletion, ...others] = GUARDED_KEY_ACTIONS as [string, ...string[]];
  deny('GuardKey', others, { ArnNotEquals: { 'aws:PrincipalArn': glass } });
  deny('GuardKeyDeletion', [deletion], {
    ArnNotEquals: { 'aws:PrincipalArn': deployer === undefined ? glass : [glass, deployer] },
  });
  deny('GuardKeyAlias', ['kms:UpdateAlias', 'kms:DeleteAlias'], {
    ArnNotEquals: { 'aws:PrincipalArn': deployer === undefined ? glass : [glass, deployer] },
  });
  if (deployer === undefined) return;
  deny('GuardKeyForLong', [deletion], {
    ArnEquals: { 'aws:PrincipalArn': deployer },
    NumericLessThan: { 'kms:ScheduleKeyDeletionPendingWindowInDays': String(KEY_DELETION_DAYS) },
  });
}

/** The role that the CDK gives to CloudFormation; undefined if the app deploys in a way of its own. */
function deploymentRoleArn(scope: Construct): string | undefined {
  const { synthesizer } = Stack.of(scope);
  if (!(synthesizer instanceof DefaultStackSynthesizer)) return undefined;
  return Fn.sub(synthesizer.cloudFormationExecutionRoleArn);
}
