import { type Stack, Token } from 'aws-cdk-lib';
import { ReadWriteType } from 'aws-cdk-lib/aws-cloudtrail';
import type { Problem } from './problem.ts';
import type { PostgresBackupProps } from './props/postgres-backup-props.ts';
import { checkLockProps } from './props/settings-of-props.ts';
import type { SourceToProtect } from './source-to-protect.ts';
import { AdoptedVault } from './vault/adopted-vault.ts';
import type { IVault } from './vault/vault-interface.ts';

/** Reports what a vault that was given does not go with, and a bucket name or a key that will not do. */
export function checkVaultProps(
  props: PostgresBackupProps,
  sources: readonly SourceToProtect[],
  stack: Stack,
): Problem[] {
  const { vault, environment, objectLock = {} } = props;
  if (vault === undefined) {
    return [...checkBucketName(props), ...checkKey(props, stack), ...checkLockProps(objectLock)];
  }
  if (!(vault instanceof AdoptedVault)) {
    const message =
      'should come from Vault.fromVaultAttributes(…): two stacks that write into one vault would expire and count the backups of each other';
    return [{ path: ['vault'], message }];
  }
  return [
    ...checkUnmanaged(props),
    ...(vault.environment === environment
      ? []
      : [
          {
            path: ['environment'],
            message: `${JSON.stringify(environment)} is not the environment of the vault, ${JSON.stringify(vault.environment)}: the vault's policies know the break-glass role by that name`,
          },
        ]),
    ...sources.flatMap((source, index) => checkEvents(vault, [source], ['sources', index])),
  ];
}

/** Without the events of its bucket, no backup would be drilled or exported when it is sealed. */
export function checkEvents(
  vault: IVault,
  sources: readonly SourceToProtect[],
  path: Problem['path'],
): Problem[] {
  if (!(vault instanceof AdoptedVault) || vault.sendsEvents) return [];
  const message =
    'needs the events of the bucket, which no stack manages: let the bucket send them to EventBridge, and give the vault `sendsEvents: true`';
  const needing = [
    ...(sources.some(({ drillAfterBackup }) => drillAfterBackup) ? ['drillAfterBackup'] : []),
    ...(sources.some(({ exports }) => exports?.length) ? ['exports'] : []),
  ];
  return needing.map((setting) => ({ path: [...path, setting], message }));
}

/** What could only be set on a bucket that the stack manages. */
function checkUnmanaged(props: PostgresBackupProps): Problem[] {
  const attributes = ['retention', 'objectLock', 'guard'] as const;
  const impossible = {
    bucketName: props.bucketName !== undefined,
    encryptionKey: props.encryptionKey !== undefined,
    replica: props.replica !== undefined,
    audit: props.audit !== undefined && props.audit !== ReadWriteType.NONE,
  };
  return [
    ...attributes
      .filter((name) => props[name] !== undefined)
      .map((name) => ({
        path: [name],
        message: 'belongs to the vault that is given: give it to Vault.fromVaultAttributes',
      })),
    ...Object.entries(impossible)
      .filter(([, isGiven]) => isGiven)
      .map(([name]) => ({
        path: [name],
        message:
          'would be set on the bucket or its key, which this stack does not manage: leave it out, or import the bucket with `cdk import` (docs/construct.md)',
      })),
  ];
}

function checkBucketName({ bucketName: name }: PostgresBackupProps): Problem[] {
  if (name === undefined || Token.isUnresolved(name)) return [];
  // Amazon S3 User Guide, "General purpose bucket naming rules". With a period, S3's certificates do not match.
  if (/^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/.test(name)) return [];
  const message = `${JSON.stringify(name)} should be 3 to 63 lower-case letters, digits and hyphens, starting and ending with a letter or digit`;
  return [{ path: ['bucketName'], message }];
}

function checkKey({ encryptionKey: key }: PostgresBackupProps, stack: Stack): Problem[] {
  if (key === undefined) return [];
  const path = ['encryptionKey'];
  if (/:alias\//.test(String(stack.resolve(key.keyArn))) || /:alias\//.test(key.keyArn)) {
    const message =
      'is an alias: policies cannot name a key by its alias. Give the key, by Key.fromKeyArn for example';
    return [{ path, message }];
  }
  const { region } = key.env;
  if (Token.isUnresolved(region) || Token.isUnresolved(stack.region) || region === stack.region) return [];
  return [
    {
      path,
      message: `is in ${region}, but a bucket in ${stack.region} can only have a key of its own region`,
    },
  ];
}
