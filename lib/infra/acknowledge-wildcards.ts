import { type IResolvable, Names, Reference, Stack, Tokenization } from 'aws-cdk-lib';
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

const LOCKS = 'Objects of one source, in one class; they are locked when they are written.';

/**
 * Says why a reviewer should accept the wildcard in the resources of each statement, by the statement's Sid.
 * cdk-nag reports a wildcard in any other statement, because it has no reason here.
 */
const REASONS: Readonly<Record<string, string>> = {
  WriteBackups: 'Keys of backups that are not made yet, below the prefixes of one source.',
  ReadManifests: 'Manifests of one source; the ids between are not known before there are backups.',
  ReadBackups: 'Objects of backups below the prefixes of one source.',
  NeverWriteProofs: 'It denies; proofs of one source.',
  LockDaily: LOCKS,
  LockWeekly: LOCKS,
  LockMonthly: LOCKS,
  LockManual: LOCKS,
  DeleteFromVault: 'The role that breaks the glass may delete any object of this vault; nothing else may.',
  ReadDeletedManifests: 'Manifests of all sources of this vault, and no row of data.',
  Hold: 'Any backup of this vault may have to be held.',
  NoteHolds: 'Notes about holds, which are not made yet.',
  WriteProofs: 'Proofs of one source; the ids between are not known before there are backups.',
  ReadManifestsAndProofs: 'Manifests and proofs of all sources of this vault, and no row of data.',
  MarkForExpiry:
    'Objects of backups that are not made yet, of all sources of this vault; a condition allows one tag.',
  ReadMarksAndHolds: 'Tags and legal holds of the objects of this vault, and no row of data.',
  ReadVault:
    'A person who restores must read every object of every backup of this vault, and its older versions.',
  PublishMetrics:
    'PutMetricData does not support resources; a condition limits it to the namespace of Lifeboat.',
  ReplicateFrom: 'S3 replicates every object of this vault.',
  ReplicateTo: 'S3 replicates every object of this vault, to the replica and nowhere else.',
  EncryptReplicas:
    'A resource cannot name a key by its alias; a condition limits this to the key with the alias of the replica.',
  ReadObjects: 'A scrub reads every object of every backup of this vault; that is what it is for.',
  WriteScrubRecords: 'Records about backups of all sources of this vault, which are not made yet.',
  WriteScrubLists: 'Lists of scrubs that are not made yet.',
  ReadScrubWork: 'Lists and results of scrubs that are not made yet.',
  WriteScrubResults: 'Results of scrubs that are not made yet.',
  FollowOwnChildren: 'Executions that the distributed map of this one state machine starts.',
  WriteExports: 'Exports of one source that are not made yet.',
  WriteChanges: 'Changes of one source that are not captured yet.',
  ReadLogOfChanges: 'The log of the changes of one source, and no row of data.',
  ReadLogsOfChanges:
    'The logs of the changes of all sources of this vault, by which the keeper knows what is still needed.',
  ReadChanges: 'Captured changes of one source, which its drill replays; they are not captured yet.',
  WriteChangeProofs: 'Proofs of the changes of one source, which are not made yet.',
  RecordRestores: 'Records of restores that are not made yet, of all sources of this vault.',
  NoteEndOfChanges: 'The log of the changes of one source; the number of its last entry is not known before.',
  SpeakEncrypted: 'AWS KMS asks for every data key that encrypts a message of this one topic.',
  SpeakEncryptedByUnknownKey:
    'The topic is imported, so its key is not known; a condition limits it to messages of this one topic.',
  CountDrills: 'GetMetricData does not support resources.',
  CreateVolume: 'Volumes that are not made yet; a condition limits it to those that ECS makes for a task.',
  TagVolume: 'Volumes that are not made yet; a condition limits it to those that ECS makes for a task.',
  DescribeVolumes: 'These actions do not support resources.',
  AttachVolume: 'Volumes that are not made yet; a condition limits it to those that ECS manages.',
  AttachToHost: 'The host of a task belongs to AWS and has no ARN that is known before.',
  DeleteVolume: 'Volumes that are not made yet; a condition limits it to those that ECS made for a task.',
  RunTask: 'All revisions of the definitions of drills, in one cluster.',
  WatchRestore: 'Tasks that are not started yet; a condition limits it to the cluster of Lifeboat.',
  FindRestore: 'DescribeTaskDefinition does not support resources.',
  ReadRestoreLog: 'Streams of restores that are not started yet.',
  SeeAlarms: 'DescribeAlarms by a prefix of names needs all alarms of the account, and changes none.',
  AttachNetworkInterfaces:
    'Lambda needs these actions to attach a function to a VPC; they do not support narrower resources.',
};

/**
 * Acknowledges each finding of cdk-nag's AwsSolutions-IAM5 by itself, on the role or policy that holds the
 * wildcard.
 */
export function acknowledgeWildcards(holder: Construct, statements: readonly PolicyStatement[]): void {
  const stack = Stack.of(holder);
  for (const statement of statements) {
    const reason = statement.sid === undefined ? undefined : REASONS[statement.sid];
    if (reason === undefined) continue;
    for (const resource of statement.resources) {
      const flat = namedIn(stack, resource);
      if (flat.includes('*')) {
        acknowledge(holder, { id: `AwsSolutions-IAM5[Resource::${flat}]`, reason });
      }
    }
  }
}

/** A nested stack gets what belongs to another stack by a parameter, which is made only when the app is synthesized. */
function namedIn(stack: Stack, resource: string): string {
  const parts = Tokenization.reverseString(resource).mapTokens({
    mapToken: (token: IResolvable) => parameterFor(stack, token) ?? flatten(stack.resolve(token)),
  });
  return String(parts.join({ join: (left, right) => `${left ?? ''}${right ?? ''}` }));
}

function parameterFor(stack: Stack, token: IResolvable): string | undefined {
  if (!stack.nested || !Reference.isReference(token) || Stack.of(token.target) === stack) return undefined;
  const name = `reference-to-${Names.nodeUniqueId(token.target.node)}.${token.displayName}`;
  return `<${name.replace(/[^A-Za-z0-9]/g, '')}>`;
}

/** A reference as cdk-nag writes it in a finding: `<Vault.Arn>/daily/*`. */
function flatten(value: unknown): string {
  if (typeof value === 'string') return value;
  const intrinsic = value as { Ref?: string; 'Fn::GetAtt'?: string[]; 'Fn::Join'?: [string, unknown[]] };
  if (intrinsic.Ref !== undefined) return `<${intrinsic.Ref}>`;
  if (intrinsic['Fn::GetAtt']) return `<${intrinsic['Fn::GetAtt'].join('.')}>`;
  if (intrinsic['Fn::Join']) return intrinsic['Fn::Join'][1].map(flatten).join(intrinsic['Fn::Join'][0]);
  return JSON.stringify(value);
}
