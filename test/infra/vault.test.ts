import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { RETENTION_CLASSES } from '../../lib/contract/retention-classes.ts';
import type { EnvironmentSettings } from '../../lib/infra/environment/environment-settings.ts';
import { GUARDED_BUCKET_ACTIONS } from '../../lib/infra/vault/guard.ts';
import { asList, resolve } from './support/intrinsics.ts';
import { bucketStatements, isAllowed, roleStatements, type Statement } from './support/policy.ts';
import { resource, resources, stackOf, templateOf } from './support/synthesized.ts';

const template = templateOf('production');
const [vaultId, vault] = resource(template, 'AWS::S3::Bucket', /VaultBucket/);
const [logsId, logs] = resource(template, 'AWS::S3::Bucket', /AccessLogs/);
const [keyId, key] = resource(template, 'AWS::KMS::Key', /VaultKey/);

const ADMINISTRATOR = 'arn:aws:iam::111122223333:role/Administrator';
const safe = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' };
/** As a request of somebody who may do everything that no policy denies. */
const administrator = { ...safe, 'aws:PrincipalArn': ADMINISTRATOR };
const oneSource: EnvironmentSettings = {
  sources: [{ name: 'app', secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf' }],
  notifications: { emails: ['ada@example.com'] },
};

function anybody(bucketId: string): Statement[] {
  return [{ Effect: 'Allow', Action: '*', Resource: '*' }, ...bucketStatements(template, bucketId)];
}

function keyStatements(): Statement[] {
  return (resolve(key.Properties.KeyPolicy) as { Statement: Statement[] }).Statement;
}

describe('the vault', () => {
  it('is encrypted by a key of its own that rotates, with a bucket key', () => {
    expect(resolve(vault.Properties.BucketEncryption)).toEqual({
      ServerSideEncryptionConfiguration: [
        {
          BucketKeyEnabled: true,
          ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: `arn:${keyId}` },
          // Keys that a request brings along.
          BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] },
        },
      ],
    });
    expect(key.Properties.EnableKeyRotation).toBe(true);
  });

  it('is versioned, can be locked, and is nobody else’s', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      VersioningConfiguration: { Status: 'Enabled' },
      ObjectLockEnabled: true,
      OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
      LoggingConfiguration: { DestinationBucketName: { Ref: logsId }, LogFilePrefix: 'vault/' },
    });
    for (const [id, bucket] of resources(template, 'AWS::S3::Bucket')) {
      expect(bucket.Properties.PublicAccessBlockConfiguration, id).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(bucket.Properties.AccessControl, id).toBeUndefined();
    }
  });

  it('stays when the stack goes, with its key, its access logs and the policies of both, but not when a first deployment fails', () => {
    const { Policies } = {
      Policies: resources(template, 'AWS::S3::BucketPolicy').filter(([id]) => !/^(Scrub|Health)/.test(id)),
    };
    expect(Policies).toHaveLength(2);
    for (const [id, kept] of [
      [vaultId, vault] as const,
      [logsId, logs] as const,
      [keyId, key] as const,
      ...Policies,
    ]) {
      expect(kept.DeletionPolicy, id).toBe('RetainExceptOnCreate');
      expect(kept.UpdateReplacePolicy, id).toBe('Retain');
    }
  });

  it.each([
    ['vault', vaultId],
    ['access log', logsId],
  ])('the %s bucket refuses plain HTTP and TLS below 1.2', (_, bucketId) => {
    const everything: Statement[] = [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }];
    const statements = [...everything, ...bucketStatements(template, bucketId)];
    const read = { action: 's3:GetObject', resource: `arn:${bucketId}/daily/app/x` };
    const context = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' };
    expect(isAllowed(statements, { ...read, context })).toBe(true);
    expect(isAllowed(statements, { ...read, context: { ...context, 'aws:SecureTransport': 'false' } })).toBe(
      false,
    );
    expect(isAllowed(statements, { ...read, context: { ...context, 's3:TlsVersion': '1.1' } })).toBe(false);
  });

  it('lets S3 alone deliver its access logs, of this bucket', () => {
    const [delivery, ...others] = bucketStatements(template, logsId).filter(
      ({ Effect }) => Effect === 'Allow',
    );
    expect(others).toEqual([]);
    expect(delivery).toMatchObject({
      Principal: { Service: 'logging.s3.amazonaws.com' },
      Action: 's3:PutObject',
      Condition: {
        ArnLike: { 'aws:SourceArn': `arn:${vaultId}` },
        StringEquals: { 'aws:SourceAccount': '111122223333' },
      },
    });
    // Log delivery cannot encrypt with a customer key.
    expect(logs.Properties.BucketEncryption).toMatchObject({
      ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
    });
  });

  it('locks by class unless it is told otherwise, and then stays lockable', () => {
    const locksOf = (settings: Partial<EnvironmentSettings>) => {
      const locked = templateOf('production', settings);
      const [, { Properties }] = resource(locked, 'AWS::S3::Bucket', /VaultBucket/);
      const [, backup] = resource(locked, 'AWS::Lambda::Function', /SourceappBackupFunction/);
      const { Variables } = resolve(backup.Properties.Environment) as { Variables: Record<string, string> };
      const { LIFEBOAT_OBJECT_LOCK: told } = Variables;
      expect(Properties.ObjectLockEnabled).toBe(true);
      return {
        ofObjects: told === undefined ? undefined : (JSON.parse(told) as unknown),
        ofBucket: (Properties.ObjectLockConfiguration as { Rule?: unknown } | undefined)?.Rule,
      };
    };
    const days = { daily: 7, weekly: 28, monthly: 365, manual: 30 };
    expect(locksOf({})).toEqual({
      ofObjects: { mode: 'governance', days },
      // What comes without a lock of its own.
      ofBucket: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 7 } },
    });
    expect(locksOf({ objectLock: { mode: 'compliance', days: 20 } })).toEqual({
      ofObjects: { mode: 'compliance', days: { daily: 7, weekly: 20, monthly: 20, manual: 20 } },
      ofBucket: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 7 } },
    });
    expect(locksOf({ objectLock: { mode: 'off' } })).toEqual({ ofObjects: undefined, ofBucket: undefined });
  });

  it('warns in plain words before compliance mode, and only then', () => {
    const told = (mode: 'governance' | 'compliance') =>
      Annotations.fromStack(stackOf({ ...oneSource, objectLock: { mode } }))
        .findWarning('*', Match.anyValue())
        .map(({ entry }) => String(entry.data))
        .filter((text) => text.includes('objectLock'));
    expect(told('governance')).toEqual([]);
    expect(told('compliance')).toEqual([
      expect.stringMatching(
        /nobody can delete it before its lock ends, not you, not the account's root user, not AWS\. A monthly backup is locked, and billed, for 365 days/,
      ),
    ]);
  });
});

describe('written once', () => {
  const put = (key: string, context = {}) =>
    isAllowed(anybody(vaultId), {
      action: 's3:PutObject',
      resource: `arn:${vaultId}/${key}`,
      context: { ...administrator, 's3:ObjectCreationOperation': 'true', ...context },
    });

  it.each(['manifest.json', 'proof.json'])('nobody writes a %s but where there is none', (name) => {
    for (const retentionClass of RETENTION_CLASSES) {
      const key = `${retentionClass}/app/20261120T020000Z/${name}`;
      expect(put(key)).toBe(false);
      // Nor begins to write it in parts.
      expect(put(key, { 's3:ObjectCreationOperation': 'false' })).toBe(false);
      expect(put(key, { 's3:if-match': 'etag' })).toBe(false);
      expect(put(key, { 's3:if-none-match': '*' })).toBe(true);
    }
  });

  it.each([
    'daily/app/20261120T020000Z/k3f9aqbc/data/0001-public.users.copy.zst',
    'daily/app/20261120T020000Z/k3f9aqbc/pre-data.sql',
    'anything/else',
  ])('nobody puts over %s, or copies over it', (key) => {
    expect(put(key)).toBe(false);
    expect(put(key, { 's3:if-match': 'etag' })).toBe(false);
    expect(put(key, { 's3:if-none-match': '*' })).toBe(true);
    // Parts create nothing before the upload is completed, which is a creation.
    expect(put(key, { 's3:ObjectCreationOperation': 'false' })).toBe(true);
  });

  it('nobody writes with a key that is not the vault’s', () => {
    const key = 'daily/app/20261120T020000Z/k3f9aqbc/pre-data.sql';
    const encrypted = (context: object) => put(key, { 's3:if-none-match': '*', ...context });
    const kms = { 's3:x-amz-server-side-encryption': 'aws:kms' };
    const keyOf = (arn: string) => ({ 's3:x-amz-server-side-encryption-aws-kms-key-id': arn });
    expect(encrypted({})).toBe(true);
    expect(encrypted({ ...kms, ...keyOf(`arn:${keyId}`) })).toBe(true);
    expect(encrypted({ ...kms, ...keyOf('arn:aws:kms:eu-central-1:666666666666:key/0123') })).toBe(false);
    // Amazon's own key for S3, or no KMS at all.
    expect(encrypted(kms)).toBe(false);
    expect(encrypted({ 's3:x-amz-server-side-encryption': 'AES256' })).toBe(false);
  });
});

describe('the guard', () => {
  const glass = 'arn:aws:iam::111122223333:role/lifeboat-production-eu-central-1-break-glass';
  const deployer = 'arn:aws:iam::111122223333:role/cdk-hnb659fds-cfn-exec-role-111122223333-eu-central-1';
  const ofBucket = (action: string, who: string) =>
    isAllowed(anybody(vaultId), {
      action,
      resource: `arn:${vaultId}`,
      context: { ...safe, 'aws:PrincipalArn': who },
    });
  const ofObject = (action: string, who: string) =>
    isAllowed(anybody(vaultId), {
      action,
      resource: `arn:${vaultId}/daily/app/x/manifest.json`,
      context: { ...safe, 'aws:PrincipalArn': who },
    });
  const ofKey = (action: string, who: string, days?: number) =>
    isAllowed(keyStatements(), {
      action,
      resource: 'the key',
      context: {
        'aws:PrincipalArn': who,
        ...(days !== undefined && { 'kms:ScheduleKeyDeletionPendingWindowInDays': String(days) }),
      },
    });

  it.each(GUARDED_BUCKET_ACTIONS)('%s is for the break-glass role alone', (action) => {
    // S3 lets the account's root user change and delete a bucket's policy whatever it says, and by that the rest (Amazon
    // S3 API Reference, PutBucketPolicy). No policy shows that.
    for (const who of [ADMINISTRATOR, deployer]) expect(ofBucket(action, who), who).toBe(false);
    expect(ofBucket(action, glass)).toBe(true);
  });

  it.each([
    's3:DeleteObject',
    's3:DeleteObjectVersion',
    's3:BypassGovernanceRetention',
    's3:UpdateObjectEncryption',
  ])('%s is for the break-glass role alone', (action) => {
    expect(ofObject(action, ADMINISTRATOR)).toBe(false);
    expect(ofObject(action, deployer)).toBe(false);
    expect(ofObject(action, glass)).toBe(true);
  });

  it('leaves everything else to those who may', () => {
    expect(ofObject('s3:GetObject', ADMINISTRATOR)).toBe(true);
    expect(ofBucket('s3:ListBucketVersions', ADMINISTRATOR)).toBe(true);
    expect(ofBucket('s3:PutBucketNotification', deployer)).toBe(true);
    expect(ofKey('kms:Decrypt', ADMINISTRATOR)).toBe(true);
    expect(ofKey('kms:CancelKeyDeletion', ADMINISTRATOR)).toBe(true);
  });

  it.each(['kms:DisableKey', 'kms:PutKeyPolicy'])('%s is for the break-glass role alone', (action) => {
    for (const who of [ADMINISTRATOR, deployer, 'arn:aws:iam::111122223333:root']) {
      expect(ofKey(action, who), who).toBe(false);
    }
    expect(ofKey(action, glass)).toBe(true);
  });

  it('nobody replicates into the vault, over what is there or a deletion', () => {
    for (const action of ['s3:ReplicateObject', 's3:ReplicateTags', 's3:ReplicateDelete']) {
      expect(ofObject(action, ADMINISTRATOR), action).toBe(false);
      expect(ofObject(action, glass), action).toBe(false);
    }
  });

  it('nobody locks for longer than the longest class, or in a mode that is not the vault’s', () => {
    const lock = (days: number, mode: string, who = ADMINISTRATOR) =>
      isAllowed(anybody(vaultId), {
        action: 's3:PutObjectRetention',
        resource: `arn:${vaultId}/daily/app/x/manifest.json`,
        context: {
          ...safe,
          'aws:PrincipalArn': who,
          's3:object-lock-mode': mode,
          's3:object-lock-remaining-retention-days': String(days),
        },
      });
    expect(lock(365, 'GOVERNANCE')).toBe(true);
    expect(lock(366, 'GOVERNANCE')).toBe(false);
    expect(lock(1, 'COMPLIANCE')).toBe(false);
    expect(lock(366, 'GOVERNANCE', glass)).toBe(true);
  });

  it('only a deployment moves the alias by which a replica’s key is found', () => {
    expect(ofKey('kms:UpdateAlias', ADMINISTRATOR)).toBe(false);
    expect(ofKey('kms:DeleteAlias', ADMINISTRATOR)).toBe(false);
    expect(ofKey('kms:UpdateAlias', deployer)).toBe(true);
  });

  it('the key’s deletion is for the break-glass role, and for a rollback of CloudFormation if it takes 30 days', () => {
    expect(ofKey('kms:ScheduleKeyDeletion', ADMINISTRATOR, 30)).toBe(false);
    expect(ofKey('kms:ScheduleKeyDeletion', glass, 7)).toBe(true);
    expect(ofKey('kms:ScheduleKeyDeletion', deployer, 30)).toBe(true);
    expect(ofKey('kms:ScheduleKeyDeletion', deployer, 29)).toBe(false);
    // What CloudFormation asks for.
    expect(key.Properties.PendingWindowInDays).toBe(30);
  });

  it('says to KMS that its author means to lock itself out, or CreateKey would be refused', () => {
    expect(key.Properties.BypassPolicyLockoutSafetyCheck).toBe(true);
    const open = templateOf('development', { guard: false });
    const [, plain] = resource(open, 'AWS::KMS::Key', /VaultKey/);
    expect(plain.Properties).not.toHaveProperty('BypassPolicyLockoutSafetyCheck');
  });

  it('comes last, so that a first deployment that fails can be taken back', () => {
    const [, policy] = resource(template, 'AWS::S3::BucketPolicy', /VaultBucketPolicy/);
    const before = policy.DependsOn ?? [];
    for (const [id] of [
      ...resources(template, 'AWS::Lambda::EventInvokeConfig'),
      ...resources(template, 'AWS::Scheduler::Schedule'),
      ...resources(template, 'AWS::CloudWatch::CompositeAlarm'),
      resource(template, 'AWS::IAM::Role', /BreakGlassRole/),
      resource(template, 'AWS::CloudFormation::Stack', /Scrub/),
    ]) {
      // What is in the nested stack is made with it.
      if (!/^(Scrub(List|Check|End|Schedule)|Health)/.test(id)) expect(before).toContain(id);
    }
  });

  it('tells the topic of each attempt, refused or not', () => {
    const [, rule] = resource(template, 'AWS::Events::Rule', /GuardAlert/);
    const { $or } = (
      resolve(rule.Properties.EventPattern) as { detail: { $or: Array<Record<string, unknown>> } }
    ).detail;
    expect($or).toEqual([
      {
        eventSource: ['s3.amazonaws.com'],
        eventName: [
          'PutBucketLifecycle',
          'DeleteBucketLifecycle',
          'PutBucketVersioning',
          'PutBucketObjectLockConfiguration',
          'PutBucketEncryption',
          'DeleteBucketEncryption',
          'PutBucketPolicy',
          'DeleteBucketPolicy',
          'DeleteBucket',
          'PutBucketReplication',
          'DeleteBucketReplication',
          'PutBucketPublicAccessBlock',
          'DeleteBucketPublicAccessBlock',
          'PutBucketOwnershipControls',
        ],
        requestParameters: { bucketName: [vaultId] },
      },
      {
        eventSource: ['kms.amazonaws.com'],
        eventName: ['ScheduleKeyDeletion', 'DisableKey', 'PutKeyPolicy'],
        requestParameters: { keyId: [keyId, `arn:${keyId}`] },
      },
    ]);
    const [topicId] = resource(template, 'AWS::SNS::Topic', /Alerts/);
    const [queueId] = resource(template, 'AWS::SQS::Queue', /SentinelDeadLetterQueue/);
    expect(resolve(rule.Properties.Targets)).toMatchObject([
      { Arn: topicId, DeadLetterConfig: { Arn: `arn:${queueId}` } },
    ]);
    expect(JSON.stringify(rule.Properties.Targets)).not.toContain('RoleArn');
  });

  it('reaches the topic through policies without a condition, which EventBridge could not meet', () => {
    const [topicId, topic] = resource(template, 'AWS::SNS::Topic', /Alerts/);
    const [, topicPolicy] = resource(template, 'AWS::SNS::TopicPolicy', /Alerts/);
    const [, topicKey] = resource(template, 'AWS::KMS::Key', /AlertsKey/);
    const forEvents = (document: unknown) =>
      (resolve(document) as { Statement: Statement[] }).Statement.filter(
        ({ Principal }) => JSON.stringify(Principal) === '{"Service":"events.amazonaws.com"}',
      );
    expect(forEvents(topicPolicy.Properties.PolicyDocument)).toEqual([
      expect.objectContaining({ Effect: 'Allow', Action: 'sns:Publish', Resource: topicId }),
    ]);
    expect(forEvents(topicKey.Properties.KeyPolicy)).toEqual([
      expect.objectContaining({ Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey*'] }),
    ]);
    for (const { Condition } of [
      ...forEvents(topicPolicy.Properties.PolicyDocument),
      ...forEvents(topicKey.Properties.KeyPolicy),
    ]) {
      expect(Condition).toBeUndefined();
    }
    expect(resolve(topic.Properties.KmsMasterKeyId)).toContain('AlertsKey');
  });

  it('tells of deletions, too, where a trail records them', () => {
    const alternatives = (audit: 'off' | 'writes') => {
      const [, rule] = resource(templateOf('production', { audit }), 'AWS::Events::Rule', /GuardAlert/);
      const { detail } = resolve(rule.Properties.EventPattern) as {
        detail: { $or: Array<{ eventName: string[] }> };
      };
      return detail.$or.map(({ eventName }) => eventName);
    };
    const deletions = ['DeleteObject', 'DeleteObjects', 'UpdateObjectEncryption'];
    expect(alternatives('off')).not.toContainEqual(deletions);
    expect(alternatives('writes')).toContainEqual(deletions);
  });

  it('can be left out, with its role, its alert and every statement of it', () => {
    const open = templateOf('development', { guard: false });
    expect(
      Object.keys(open.findResources('AWS::IAM::Role')).filter((id) => /BreakGlass|Guard/.test(id)),
    ).toEqual([]);
    expect(
      Object.keys(open.findResources('AWS::Events::Rule')).filter((id) => !id.startsWith('TaskEnds')),
    ).toEqual([]);
    const sids = bucketStatements(open, vaultId).map(({ Sid }) => Sid);
    expect(sids.filter((sid) => sid?.startsWith('Guard'))).toEqual([]);
    expect(sids).toContain('WriteOnce');
  });

  it('breaks for people with a second factor only, for an hour', () => {
    const [, role] = resource(template, 'AWS::IAM::Role', /BreakGlassRole/);
    expect(resolve(role.Properties.RoleName)).toBe('lifeboat-production-eu-central-1-break-glass');
    expect(role.Properties.MaxSessionDuration).toBe(3600);
    const { Statement: trust } = resolve(role.Properties.AssumeRolePolicyDocument) as {
      Statement: Statement[];
    };
    const assume = (context: Record<string, string>) =>
      isAllowed(
        trust.map((one) => ({ ...one, Resource: '*' })),
        { action: 'sts:AssumeRole', resource: '*', context },
      );
    expect(assume({ 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': '60' })).toBe(true);
    expect(assume({ 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': '7200' })).toBe(false);
    expect(assume({})).toBe(false);
    const actions = roleStatements(template, /BreakGlassRole/).flatMap(({ Action }) => asList(Action));
    // It reads no row.
    expect(actions).not.toContain('s3:GetObject');
    expect(actions).not.toContain('kms:Decrypt');
  });
});

describe('the audit', () => {
  it('records nothing unless asked, and then writes, or reads too', () => {
    expect(templateOf('production').findResources('AWS::CloudTrail::Trail')).toEqual({});
    const selectors = (audit: 'writes' | 'all') => {
      const [, trail] = resource(templateOf('production', { audit }), 'AWS::CloudTrail::Trail', /Audit/);
      expect(trail.Properties).toMatchObject({ IsLogging: true, EnableLogFileValidation: true });
      return resolve(trail.Properties.AdvancedEventSelectors);
    };
    const objects = [
      { Field: 'eventCategory', Equals: ['Data'] },
      { Field: 'resources.type', Equals: ['AWS::S3::Object'] },
      { Field: 'resources.ARN', StartsWith: [`arn:${vaultId}/`] },
    ];
    const changes = { Field: 'readOnly', Equals: ['false'] };
    const account = { FieldSelectors: [{ Field: 'eventCategory', Equals: ['Management'] }, changes] };
    expect(selectors('writes')).toMatchObject([{ FieldSelectors: [...objects, changes] }, account]);
    expect(selectors('all')).toMatchObject([{ FieldSelectors: objects }, account]);
  });

  it('is delivered into the bucket of the access logs, by this trail alone', () => {
    const audited = templateOf('production', { audit: 'writes' });
    const trail = 'arn:aws:cloudtrail:eu-central-1:111122223333:trail/lifeboat-production';
    const deliver = (
      context: Record<string, string>,
      key = 'trail/AWSLogs/111122223333/CloudTrail/x.json.gz',
    ) =>
      isAllowed(bucketStatements(audited, logsId), {
        action: 's3:PutObject',
        resource: `arn:${logsId}/${key}`,
        context: { ...safe, 's3:x-amz-acl': 'bucket-owner-full-control', ...context },
      });
    expect(deliver({ 'aws:SourceArn': trail })).toBe(true);
    expect(deliver({ 'aws:SourceArn': trail.replace('lifeboat', 'other') })).toBe(false);
    expect(deliver({ 'aws:SourceArn': trail }, 'vault/x')).toBe(false);
    const [, made] = resource(audited, 'AWS::CloudTrail::Trail', /Audit/);
    const [policyId] = resource(audited, 'AWS::S3::BucketPolicy', /AccessLogs/);
    expect(made.DependsOn).toContain(policyId);
  });
});

describe('lifecycle', () => {
  const rules = (vault.Properties.LifecycleConfiguration as { Rules: Array<Record<string, unknown>> }).Rules;

  it('follows the class in the key', () => {
    expect(rules.map(({ Prefix, ExpirationInDays }) => [Prefix, ExpirationInDays])).toEqual([
      ['daily/', 7],
      ['weekly/', 28],
      ['monthly/', 365],
      ['manual/', 30],
      ['changes/', 365],
      ['monthly/', undefined],
      [undefined, undefined],
    ]);
    for (const rule of rules) expect(rule.Status).toBe('Enabled');
    for (const rule of rules.slice(0, 5))
      expect(rule.NoncurrentVersionExpiration).toEqual({ NoncurrentDays: 7 });
  });

  it('expires nothing without the keeper’s tag, current or noncurrent', () => {
    const deleting = rules.filter((rule) =>
      ['ExpirationInDays', 'ExpirationDate', 'NoncurrentVersionExpiration'].some((name) => name in rule),
    );
    expect(deleting).toHaveLength(5);
    for (const { TagFilters, Id } of deleting)
      expect(TagFilters, String(Id)).toEqual([{ Key: 'lifeboat-expires', Value: 'yes' }]);
  });

  it('moves only what stays long enough to a colder class', () => {
    expect(rules.filter(({ Transitions }) => Transitions)).toEqual([
      {
        Id: 'monthly-colder',
        Status: 'Enabled',
        Prefix: 'monthly/',
        Transitions: [{ StorageClass: 'GLACIER_IR', TransitionInDays: 30 }],
      },
    ]);
    // S3 leaves objects below 128 KB where they are unless this is set.
    expect(vault.Properties.LifecycleConfiguration).not.toHaveProperty('TransitionDefaultMinimumObjectSize');
  });

  it('aborts what was left unfinished anywhere in the bucket after a day', () => {
    expect(rules.at(-1)).toEqual({
      Id: 'abandoned',
      Status: 'Enabled',
      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      ExpiredObjectDeleteMarker: true,
    });
  });
});
