import { environments } from '../../../bin/environments.ts';
import { EXPIRY_TAG } from '../../../lib/contract/expiry-tag.ts';
import type { EnvironmentSettings } from '../../../lib/infra/environment/environment-settings.ts';
import type { AccessRequest } from '../support/policy.ts';
import { resource, templateFrom } from '../support/synthesized.ts';

/** One request that somebody may try, as IAM would see it. */
export interface TriedRequest {
  /** What it is for, in a person's words. */
  readonly label: string;
  readonly action: string;
  readonly resource: string;
  readonly context?: AccessRequest['context'];
}

/** Production, with everything that has a role. */
const production = environments.production as EnvironmentSettings;
const TARGET_SECRET =
  'arn:aws:secretsmanager:eu-central-1:111122223333:secret:lifeboat/production/target-AbCdEf';
export const SETTINGS: EnvironmentSettings = {
  ...production,
  sources: production.sources.map((source) => ({ ...source, drill: 'auto' as const, pointInTime: {} })),
  restoreOnAws: { targetSecretArns: [TARGET_SECRET] },
  statusPage: true,
  audit: 'writes',
  signDrills: true,
  notifications: { emails: ['on-call@example.com'], channels: [] },
  account: '111122223333',
  region: 'eu-central-1',
  replica: { region: 'eu-west-1' },
};
export const template = templateFrom(SETTINGS, 'production');
const [pagesId] = resource(template, 'AWS::S3::Bucket', /^StatusPagePages/);
export const [vaultId] = resource(template, 'AWS::S3::Bucket', /VaultBucket/);
/** As the drill asks KMS. */
const signing = { 'kms:SigningAlgorithm': 'ECDSA_SHA_256', 'kms:MessageType': 'DIGEST' };
export const [keyId] = resource(template, 'AWS::KMS::Key', /VaultKey/);
const [signingId] = resource(template, 'AWS::KMS::Key', /SigningKey/);

const BACKUP = 'daily/app/20261120T020000Z';
const object = (key: string) => `arn:${vaultId}/${key}`;
const chunk = object(`${BACKUP}/k3f9aqbc/data/0001-public.users.copy.zst`);
const manifest = object(`${BACKUP}/manifest.json`);
const proof = object(`${BACKUP}/proof.json`);
const bucket = `arn:${vaultId}`;
const replica = `arn:aws:s3:::lifeboat-production-111122223333-eu-west-1/${BACKUP}/manifest.json`;
const elsewhere = 'arn:aws:s3:::somebody-elses/manifest.json';
const key = `arn:${keyId}`;
const change = (below: string) => object(`changes/app/${below}`);
const entry = change('log/000001/000000/000000007.json');
const segment = change('segments/000001/000000/000000007-k3f9aqbc.pgoutput.zst');
const changeProof = change('proofs/000001-20261120T020000Z.json');
const foreign = (target: string) => target.replace('/app/', '/billing/');
const isNew = { 's3:if-none-match': '*', 's3:ObjectCreationOperation': 'true' };
const over = { 's3:ObjectCreationOperation': 'true' };
const kms = { 's3:x-amz-server-side-encryption': 'aws:kms' };
const lockOf = (days: number, mode = 'GOVERNANCE') => ({
  's3:object-lock-mode': mode,
  's3:object-lock-remaining-retention-days': String(days),
});
const tagged = (name: string, value: string) => ({
  [`s3:RequestObjectTag/${name}`]: value,
  's3:RequestObjectTagKeys': [name],
});
const inVault = { 'kms:EncryptionContext:aws:s3:arn': bucket };

const [alertTopic] = resource(template, 'AWS::SNS::Topic', /^(?!.*Alarms).*AlertsTopic/);
const [alarmTopic] = resource(template, 'AWS::SNS::Topic', /AlarmsTopic/);
const [backupFunction] = resource(template, 'AWS::Lambda::Function', /SourceappBackupFunction/);
const machineArn = (name: string) => `arn:aws:states:eu-central-1:111122223333:stateMachine:${name}`;

const put = (label: string, target: string, context: Record<string, string>): TriedRequest => ({
  label,
  action: 's3:PutObject',
  resource: target,
  context,
});

/** What is tried, by what it is about. The source is `app`; `billing` is another one of the same vault. */
export const REQUESTS: Readonly<Record<string, readonly TriedRequest[]>> = {
  'Reading a vault': [
    { label: 'list all of it', action: 's3:ListBucket', resource: bucket, context: { 's3:prefix': '' } },
    { label: 'list versions and delete markers', action: 's3:ListBucketVersions', resource: bucket },
    { label: 'read a manifest', action: 's3:GetObject', resource: manifest },
    { label: 'read a proof', action: 's3:GetObject', resource: proof },
    { label: 'read rows', action: 's3:GetObject', resource: chunk },
    { label: 'read rows of another source', action: 's3:GetObject', resource: foreign(chunk) },
    {
      label: 'read the list of erasures',
      action: 's3:GetObject',
      resource: object('erasures/app/20261130T000000.000Z-k3f9aq.json'),
    },
    { label: 'decrypt with the vault’s key', action: 'kms:Decrypt', resource: key, context: inVault },
  ],
  'Writing into a vault': [
    put('put a new chunk', chunk, isNew),
    put('seal a backup', manifest, isNew),
    put('put a proof where there is none', proof, isNew),
    put(
      'put a record of a scrub',
      object('daily/app/scrubs/20261120T020000Z_20261202T040000.000Z.json'),
      isNew,
    ),
    put('put a chunk of another source', foreign(chunk), isNew),
    put('put a proof of another source', foreign(proof), isNew),
    put('put a record of a backup', object('evidence/backups/app/record.json'), isNew),
    put('put a record of a drill', object('evidence/drills/app/record.json'), isNew),
    put('put a record of a drill of another source', object('evidence/drills/billing/record.json'), isNew),
    put('put a record of a restore', object('evidence/restores/app/record.json'), isNew),
    put(
      'put an entry on the list of erasures',
      object('erasures/app/20261130T000000.000Z-k3f9aq.json'),
      isNew,
    ),
    put('put over a record of a drill', object('evidence/drills/app/record.json'), over),
    { label: 'sign a record of a drill', action: 'kms:Sign', resource: `arn:${signingId}`, context: signing },
    put('put over a chunk', chunk, over),
    put('put over a manifest', manifest, over),
    put('put over a proof', proof, over),
    put('write with another account’s key', chunk, {
      ...isNew,
      ...kms,
      's3:x-amz-server-side-encryption-aws-kms-key-id': 'arn:aws:kms:eu-central-1:666666666666:key/0123',
    }),
    put('write with Amazon’s key for S3', chunk, { ...isNew, ...kms }),
  ],
  'Captured changes': [
    { label: 'read an entry of the log', action: 's3:GetObject', resource: entry },
    { label: 'read a segment, which holds rows', action: 's3:GetObject', resource: segment },
    { label: 'read a segment of another source', action: 's3:GetObject', resource: foreign(segment) },
    put('begin an epoch', change('epochs/000001.json'), isNew),
    put('put an entry, and so the end of an epoch', entry, isNew),
    put('put a segment', segment, isNew),
    put('put an entry of another source', foreign(entry), isNew),
    put('put over an entry', entry, over),
    put('say that changes are proven', changeProof, isNew),
    {
      label: 'mark a change for expiry',
      action: 's3:PutObjectTagging',
      resource: entry,
      context: tagged(EXPIRY_TAG.key, EXPIRY_TAG.value),
    },
    { label: 'hide a change (a delete marker)', action: 's3:DeleteObject', resource: entry },
    {
      label: 'publish the recovery point of the source',
      action: 'cloudwatch:PutMetricData',
      resource: '*',
      context: { 'cloudwatch:namespace': 'Lifeboat/production/app/capture' },
    },
    {
      label: 'publish the WAL that its slot holds',
      action: 'cloudwatch:PutMetricData',
      resource: '*',
      context: { 'cloudwatch:namespace': 'Lifeboat/production/app/slot' },
    },
    {
      label: 'ask for a backup, as a base',
      action: 'lambda:InvokeFunction',
      resource: `arn:${backupFunction}`,
    },
  ],
  Locks: [
    {
      label: 'lock for the class’s 7 days',
      action: 's3:PutObjectRetention',
      resource: chunk,
      context: lockOf(7),
    },
    { label: 'lock for 8 days', action: 's3:PutObjectRetention', resource: chunk, context: lockOf(8) },
    {
      label: 'lock in compliance mode',
      action: 's3:PutObjectRetention',
      resource: chunk,
      context: lockOf(7, 'COMPLIANCE'),
    },
    { label: 'get around a governance lock', action: 's3:BypassGovernanceRetention', resource: chunk },
    { label: 'put or lift a legal hold', action: 's3:PutObjectLegalHold', resource: chunk },
  ],
  Expiring: [
    {
      label: 'mark an object for expiry',
      action: 's3:PutObjectTagging',
      resource: chunk,
      context: tagged(EXPIRY_TAG.key, EXPIRY_TAG.value),
    },
    {
      label: 'give an object another tag',
      action: 's3:PutObjectTagging',
      resource: chunk,
      context: tagged('owner', 'ada'),
    },
  ],
  Deleting: [
    { label: 'hide an object (a delete marker)', action: 's3:DeleteObject', resource: chunk },
    { label: 'delete a version', action: 's3:DeleteObjectVersion', resource: chunk },
    { label: 'delete the bucket', action: 's3:DeleteBucket', resource: bucket },
    { label: 'change the lifecycle', action: 's3:PutLifecycleConfiguration', resource: bucket },
    { label: 'suspend versioning', action: 's3:PutBucketVersioning', resource: bucket },
    { label: 'change the default lock', action: 's3:PutBucketObjectLockConfiguration', resource: bucket },
    { label: 'change the encryption', action: 's3:PutEncryptionConfiguration', resource: bucket },
    { label: 'change the bucket’s policy', action: 's3:PutBucketPolicy', resource: bucket },
    { label: 'delete the bucket’s policy', action: 's3:DeleteBucketPolicy', resource: bucket },
    {
      label: 'schedule the key’s deletion in 7 days',
      action: 'kms:ScheduleKeyDeletion',
      resource: key,
      context: { 'kms:ScheduleKeyDeletionPendingWindowInDays': '7' },
    },
    {
      label: 'schedule the key’s deletion in 30 days',
      action: 'kms:ScheduleKeyDeletion',
      resource: key,
      context: { 'kms:ScheduleKeyDeletionPendingWindowInDays': '30' },
    },
    { label: 'disable the key', action: 'kms:DisableKey', resource: key },
    { label: 'change the key’s policy', action: 'kms:PutKeyPolicy', resource: key },
  ],
  'Filling a replica': [
    { label: 'read an object to replicate it', action: 's3:GetObjectVersionForReplication', resource: chunk },
    { label: 'add an object to the replica', action: 's3:ReplicateObject', resource: replica },
    { label: 'add an object to another bucket', action: 's3:ReplicateObject', resource: elsewhere },
    { label: 'read the rows there', action: 's3:GetObject', resource: replica },
  ],
  'The status page': [
    put('write the status page', `arn:${pagesId}/status.html`, over),
    put('write something else beside it', `arn:${pagesId}/other.html`, over),
    { label: 'read the status page', action: 's3:GetObject', resource: `arn:${pagesId}/status.html` },
  ],
  'Speaking for others': [
    { label: 'speak to people by the alert topic', action: 'sns:Publish', resource: alertTopic },
    { label: 'speak as alarms do', action: 'sns:Publish', resource: alarmTopic },
    {
      label: 'speak by another topic',
      action: 'sns:Publish',
      resource: 'arn:aws:sns:eu-central-1:111122223333:payroll',
    },
    {
      label: 'start a scrub',
      action: 'states:StartExecution',
      resource: machineArn('lifeboat-production-scrub'),
    },
    {
      label: 'start another state machine',
      action: 'states:StartExecution',
      resource: machineArn('payroll'),
    },
    {
      label: 'publish metrics of the source',
      action: 'cloudwatch:PutMetricData',
      resource: '*',
      context: { 'cloudwatch:namespace': 'Lifeboat/production/app' },
    },
    {
      label: 'publish metrics of another source',
      action: 'cloudwatch:PutMetricData',
      resource: '*',
      context: { 'cloudwatch:namespace': 'Lifeboat/production/billing' },
    },
    {
      label: 'publish the health of the source',
      action: 'cloudwatch:PutMetricData',
      resource: '*',
      context: { 'cloudwatch:namespace': 'Lifeboat/production/app/health' },
    },
    {
      label: 'publish ages, which alarms watch',
      action: 'cloudwatch:PutMetricData',
      resource: '*',
      context: { 'cloudwatch:namespace': 'Lifeboat' },
    },
    {
      label: 'read the source’s secret',
      action: 'secretsmanager:GetSecretValue',
      resource: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:lifeboat/production/app-AbCdEf',
    },
    {
      label: 'read the secret of a target that is restored into in a task',
      action: 'secretsmanager:GetSecretValue',
      resource: TARGET_SECRET,
    },
    {
      label: 'read another source’s secret',
      action: 'secretsmanager:GetSecretValue',
      resource: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:lifeboat/production/billing-AbCdEf',
    },
  ],
};
