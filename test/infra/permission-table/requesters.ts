import { resolve } from '../support/intrinsics.ts';
import { bucketStatements, isAllowed, roleStatements, type Statement } from '../support/policy.ts';
import { resource } from '../support/synthesized.ts';
import { keyId, type TriedRequest, template, vaultId } from './requests.ts';

/** Somebody who tries a request: a role of the stack, or somebody else in the account. */
export interface Requester {
  readonly name: string;
  readonly arn: string;
  /** What the requester's own policies say. */
  readonly own: readonly Statement[];
}

const ACCOUNT = 'arn:aws:iam::111122223333';
const EVERYTHING: readonly Statement[] = [{ Effect: 'Allow', Action: '*', Resource: '*' }];

const roleOf = (name: string, logicalId: RegExp, roleName?: string): Requester => {
  const [id] = resource(template, 'AWS::IAM::Role', logicalId);
  // Policies refer to a role of the stack by its logical id, and to one that has a name by that.
  const arn = roleName === undefined ? `arn:${id}` : `${ACCOUNT}:role/${roleName}`;
  return { name, arn, own: roleStatements(template, logicalId) };
};

export const REQUESTERS: readonly Requester[] = [
  roleOf('backup', /SourceappBackupRole/),
  roleOf('drill', /SourceappRestoreDrillRole/),
  roleOf('drill’s task', /^TasksDrillappRole/),
  roleOf('health', /^HealthSourceappHealthRole/),
  roleOf('capture', /^PointInTimeSourceappCaptureRole/),
  roleOf('slot watchdog and removal', /^PointInTimeSourceappSlotWatchRole/),
  roleOf('sentinel', /SentinelRole|SentinelSentinelRole/),
  roleOf('status page', /^StatusPageWriterRole/),
  roleOf('keeper', /KeeperRole/),
  roleOf('notify', /NotifyRole/),
  roleOf('scrub: list', /^ScrubListRole/),
  roleOf('scrub: check', /^ScrubCheckRole/),
  roleOf('scrub: end', /^ScrubEndRole/),
  roleOf('scrub: machine', /^ScrubMachineRole/),
  roleOf('restore', /RestoreRole/),
  roleOf('restore’s task', /^TasksRestoreTaskRole/),
  roleOf('hold', /LifeboatHoldRole/),
  roleOf('replication', /ReplicationRole/, 'lifeboat-production-eu-central-1-replication'),
  roleOf('break-glass', /BreakGlassRole/, 'lifeboat-production-eu-central-1-break-glass'),
  { name: 'administrator', arn: `${ACCOUNT}:role/Administrator`, own: EVERYTHING },
  {
    name: 'deployment',
    arn: `${ACCOUNT}:role/cdk-hnb659fds-cfn-exec-role-111122223333-eu-central-1`,
    own: EVERYTHING,
  },
];

const ofBucket = bucketStatements(template, vaultId);
const [, key] = resource(template, 'AWS::KMS::Key', /VaultKey/);
/** A key's policy names itself `*`. Its Allow for the account's root hands the decision to IAM. */
const ofKey = (resolve(key.Properties.KeyPolicy) as { Statement: Statement[] }).Statement.filter(
  ({ Effect }) => Effect === 'Deny',
).map((statement) => ({ ...statement, Resource: `arn:${keyId}` }));

/** As IAM decides: the requester's policies, the bucket's and the key's together. */
export function may({ arn, own }: Requester, { action, resource: target, context }: TriedRequest): boolean {
  return isAllowed([...own, ...ofBucket, ...ofKey], {
    action,
    resource: target,
    context: { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3', 'aws:PrincipalArn': arn, ...context },
  });
}
