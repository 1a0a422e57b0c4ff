import { Annotations, Arn, ArnFormat, Stack, Token } from 'aws-cdk-lib';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Bucket, type IBucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { EXPIRY_TAG } from '../../contract/expiry-tag.ts';
import { UNDRILLED_TAG_PREFIX } from '../../contract/undrilled-tag.ts';
import { type Problem, throwProblems } from '../problem.ts';
import { checkLockProps, objectLockSettingsOf, ofProps, retentionOf } from '../props/settings-of-props.ts';
import { checkObjectLock, type ObjectLock, objectLockOf } from './object-lock.ts';
import { checkRetention, type Retention, withRetentionDefaults } from './retention.ts';
import type { VaultAttributes } from './vault-attributes.ts';
import { VaultBase } from './vault-base.ts';
import type { VaultInUse } from './vault-in-use.ts';

/**
 * A vault that outlived its stack. Its policies still guard it, and name roles of the old stack: the break-glass role,
 * whose name follows from the environment, the keeper's and the hold role. The new stack makes roles of the same names,
 * so that nothing has to open the guard.
 */
export class AdoptedVault extends VaultBase implements VaultInUse {
  readonly bucket: IBucket;
  readonly key: IKey;
  readonly environment: string;
  readonly retention: Retention;
  readonly objectLock: ObjectLock | undefined;
  readonly isGuarded: boolean;
  readonly sendsEvents: boolean;
  readonly keeperRoleName: string | undefined;
  readonly holdRoleName: string | undefined;

  constructor(scope: Construct, id: string, attributes: VaultAttributes) {
    super(scope, id);
    const { environment, bucketName, keyArn, guard = true, keeperRoleName, holdRoleName } = attributes;
    const retention = withRetentionDefaults(retentionOf(attributes.retention ?? {}));
    const lock = objectLockSettingsOf(attributes.objectLock ?? {});
    throwProblems(
      ofProps([
        ...checkBucketName(bucketName),
        ...checkKeyArn(keyArn, Stack.of(this)),
        ...checkRoleNames(attributes),
        // The schedules are checked when the sources are known.
        ...checkLockProps(attributes.objectLock ?? {}),
        ...below('retention', checkRetention(retention, 0)),
        ...below('objectLock', checkObjectLock(lock, retention)),
      ]),
    );
    this.bucket = Bucket.fromBucketName(this, 'Bucket', bucketName);
    this.key = Key.fromKeyArn(this, 'Key', keyArn);
    this.environment = environment;
    this.retention = retention;
    this.objectLock = objectLockOf(lock, retention);
    this.isGuarded = guard;
    this.sendsEvents = attributes.sendsEvents ?? false;
    this.keeperRoleName = keeperRoleName;
    this.holdRoleName = holdRoleName;
  }

  /** The construct has refused `drillAfterBackup` if the bucket sends none. */
  sendEvents(): void {}

  /** The bucket's tags belong to nobody's stack. */
  tellUndrilled(source: string): void {
    Annotations.of(this).addWarningV2(
      `lifeboat:adopted-undrilled-${source}`,
      `nobody drills ${source}, and no stack manages the tags of the vault ${this.bucket.bucketName}: add the tag "${UNDRILLED_TAG_PREFIX}${source}" with the value "yes" to the bucket, so that \`lifeboat list\` can say when its backups expire`,
    );
  }

  /** The bucket's rules belong to nobody's stack. */
  keepChanges(source: string, days: number): void {
    Annotations.of(this).addWarningV2(
      `lifeboat:adopted-changes-${source}`,
      `the changes of ${source} are kept for ${days} days, and no stack manages the lifecycle of the vault ${this.bucket.bucketName}: give the bucket a rule for the prefix "changes/${source}/" and the tag "${EXPIRY_TAG.key}" with the value "${EXPIRY_TAG.value}" that expires current versions after ${days} days and noncurrent ones after ${this.retention.undeleteDays}. Without it captured changes stay for ever`,
    );
  }

  /** The policy is there already. */
  protectAfter(): void {}
}

function checkBucketName(name: string): Problem[] {
  // Amazon S3 User Guide, "General purpose bucket naming rules".
  if (Token.isUnresolved(name) || /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) return [];
  return [{ path: ['bucketName'], message: `${JSON.stringify(name)} is not the name of a bucket` }];
}

function checkKeyArn(arn: string, stack: Stack): Problem[] {
  if (Token.isUnresolved(arn)) return [];
  const path = ['keyArn'];
  if (!/^arn:[\w-]+:kms:[a-z0-9-]+:\d{12}:key\/[\w-]+$/.test(arn)) {
    const message =
      'should be the ARN of a key, arn:aws:kms:<region>:<account>:key/<id>. An alias will not do: policies cannot name a key by its alias';
    return [{ path, message }];
  }
  const { region = '', account = '' } = Arn.split(arn, ArnFormat.SLASH_RESOURCE_NAME);
  return [
    ...(isOther(region, stack.region) ? [`is in ${region} while the stack is in ${stack.region}`] : []),
    ...(isOther(account, stack.account)
      ? [`is in account ${account} while the stack is in ${stack.account}`]
      : []),
  ].map((message) => ({
    path,
    message: `${message}: adopt the vault in its own account and region, whose name is in the vault's policies`,
  }));
}

function isOther(one: string, other: string): boolean {
  return !Token.isUnresolved(other) && one !== other;
}

function checkRoleNames({ guard = true, keeperRoleName, holdRoleName }: VaultAttributes): Problem[] {
  const names = { keeperRoleName, holdRoleName };
  return Object.entries(names).flatMap(([attribute, name]) => {
    const path = [attribute];
    if (!guard) {
      return name === undefined ? [] : [{ path, message: 'is for a guarded vault: leave it out, or guard' }];
    }
    if (name === undefined) {
      const sid = attribute === 'keeperRoleName' ? 'GuardTags' : 'GuardHolds';
      const message = `is missing: the vault is guarded, and the statement ${sid} of its bucket's policy lets a role of this name through and no other. Read it there (docs/construct.md), or give guard: false if the policy has no such statement`;
      return [{ path, message }];
    }
    // IAM User Guide, "IAM and AWS STS quotas". Not an ARN: it would become part of another one.
    if (Token.isUnresolved(name) || /^[\w+=,.@-]{1,64}$/.test(name)) return [];
    return [
      { path, message: `${JSON.stringify(name)} is not the name of a role: give what is after "role/"` },
    ];
  });
}

function below(part: string, problems: readonly Problem[]): Problem[] {
  return problems.map((problem) => ({ ...problem, path: [part, ...problem.path] }));
}
