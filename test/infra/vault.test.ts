import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { RETENTION_CLASSES } from '../../lib/contract/retention-classes.ts';
import { resolve } from './support/intrinsics.ts';
import { bucketStatements, isAllowed, type Statement } from './support/policy.ts';
import { resource, resources, templateOf } from './support/synthesized.ts';

const template = templateOf('production');
const [vaultId, vault] = resource(template, 'AWS::S3::Bucket', /VaultBucket/);
const [logsId, logs] = resource(template, 'AWS::S3::Bucket', /AccessLogs/);
const [keyId, key] = resource(template, 'AWS::KMS::Key', /VaultKey/);

describe('the vault', () => {
  it('is encrypted by a key of its own that rotates, with a bucket key', () => {
    expect(resolve(vault.Properties.BucketEncryption)).toEqual({
      ServerSideEncryptionConfiguration: [
        {
          BucketKeyEnabled: true,
          ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: `arn:${keyId}` },
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

  it('stays when the stack goes, with its key, its access logs and the policies of both', () => {
    const { Policies } = { Policies: resources(template, 'AWS::S3::BucketPolicy') };
    expect(Policies).toHaveLength(2);
    for (const [id, kept] of [
      [vaultId, vault] as const,
      [logsId, logs] as const,
      [keyId, key] as const,
      ...Policies,
    ]) {
      expect(kept.DeletionPolicy, id).toBe('Retain');
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

  it('is locked as asked, and otherwise only lockable', () => {
    template.hasResourceProperties('AWS::S3::Bucket', {
      ObjectLockConfiguration: {
        ObjectLockEnabled: 'Enabled',
        Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 7 } },
      },
    });
    templateOf('production', { objectLock: { mode: 'compliance', days: 3 } }).hasResourceProperties(
      'AWS::S3::Bucket',
      {
        ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'COMPLIANCE', Days: 3 } } },
      },
    );
    templateOf('development').hasResourceProperties('AWS::S3::Bucket', {
      ObjectLockEnabled: true,
      ObjectLockConfiguration: Match.absent(),
    });
  });
});

describe('sealed once', () => {
  const anybody: Statement[] = [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }];
  const statements = [...anybody, ...bucketStatements(template, vaultId)];
  const safe = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' };
  const put = (key: string, context = {}) =>
    isAllowed(statements, {
      action: 's3:PutObject',
      resource: `arn:${vaultId}/${key}`,
      context: { ...safe, ...context },
    });

  it.each(['manifest.json', 'proof.json'])('nobody writes a %s but where there is none', (name) => {
    for (const retentionClass of RETENTION_CLASSES) {
      const key = `${retentionClass}/app/20261120T020000Z/${name}`;
      expect(put(key)).toBe(false);
      // CopyObject and the requests of a multipart upload carry no such header either.
      expect(put(key, { 's3:ObjectCreationOperation': 'false' })).toBe(false);
      expect(put(key, { 's3:if-match': 'etag' })).toBe(false);
      expect(put(key, { 's3:if-none-match': '*' })).toBe(true);
    }
  });

  it('other objects need no condition', () => {
    expect(put('daily/app/20261120T020000Z/k3f9aqbc/data/0001-public.manifest.json.copy.zst')).toBe(true);
    expect(put('daily/app/20261120T020000Z/k3f9aqbc/pre-data.sql')).toBe(true);
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
      ['monthly/', undefined],
      [undefined, undefined],
    ]);
    for (const rule of rules) expect(rule.Status).toBe('Enabled');
    for (const rule of rules.slice(0, 4))
      expect(rule.NoncurrentVersionExpiration).toEqual({ NoncurrentDays: 7 });
  });

  it('expires nothing without the keeper’s tag, current or noncurrent', () => {
    const deleting = rules.filter((rule) =>
      ['ExpirationInDays', 'ExpirationDate', 'NoncurrentVersionExpiration'].some((name) => name in rule),
    );
    expect(deleting).toHaveLength(4);
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
