import { generateIdentity, identityToRecipient } from 'age-encryption';
import { type App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import { DEFAULT_KEPT_CHANGES_DAYS } from '../../lib/contract/point-in-time.ts';
import type { EnvironmentSettings } from '../../lib/infra/environment/environment-settings.ts';
import { PostgresBackup, Replica } from '../../lib/infra/index.ts';
import { makeStacks } from '../../lib/infra/make-stacks.ts';
import { flatTemplate } from './support/flat-template.ts';
import { asList, resolve } from './support/intrinsics.ts';
import { bucketStatements, isAllowed, roleStatements, type Statement } from './support/policy.ts';
import { appWithoutBundles, replicated, resource, resources } from './support/synthesized.ts';

const VAULT_ACCOUNT = '111122223333';
const OTHER_ACCOUNT = '444455556666';

const settings = {
  account: VAULT_ACCOUNT,
  region: 'eu-central-1',
  sources: [
    { name: 'app', secretArn: `arn:aws:secretsmanager:eu-central-1:${VAULT_ACCOUNT}:secret:app-AbCdEf` },
    {
      name: 'ledger',
      secretArn: `arn:aws:secretsmanager:eu-central-1:${VAULT_ACCOUNT}:secret:ledger-AbCdEf`,
      schedule: 'cron(0 3 ? * SUN *)',
      drill: 'off',
    },
  ],
  notifications: { emails: ['ada@example.com'] },
  // For the source that is backed up once a week.
  retention: { daily: { days: 9 } },
  restorers: [`arn:aws:iam::${VAULT_ACCOUNT}:user/ada`],
  tags: { service: 'lifeboat' },
  replica: { region: 'eu-west-1' },
} as const satisfies EnvironmentSettings;

/** Nobody needs its secret key here. */
const RECIPIENT = await identityToRecipient(await generateIdentity());

const near = replicated(settings);
const drilled = replicated({
  ...settings,
  replica: { ...settings.replica, drillSchedule: 'cron(0 9 ? * MON *)' },
});
const far = replicated({ ...settings, replica: { ...settings.replica, account: OTHER_ACCOUNT } });

const BUCKETS = {
  near: `lifeboat-production-${VAULT_ACCOUNT}-eu-west-1`,
  far: `lifeboat-production-${OTHER_ACCOUNT}-eu-west-1`,
};
const ALIAS = 'alias/lifeboat-production-replica';
const ROLE = `arn:aws:iam::${VAULT_ACCOUNT}:role/lifeboat-production-eu-central-1-replication`;
const chunk = 'daily/app/20261120T020000Z/k3f9aqbc/data/0001-public.users.copy.zst';

const [vaultId, vault] = resource(near.vault, 'AWS::S3::Bucket', /VaultBucket/);
const [vaultKeyId] = resource(near.vault, 'AWS::KMS::Key', /VaultKey/);
const [replicaId, replicaBucket] = resource(near.replica, 'AWS::S3::Bucket', /VaultBucket/);
const [replicaKeyId] = resource(near.replica, 'AWS::KMS::Key', /VaultKey/);

function ruleOf(template: Template): Record<string, unknown> {
  const [, { Properties }] = resource(template, 'AWS::S3::Bucket', /VaultBucket/);
  const { Rules } = resolve(Properties.ReplicationConfiguration) as { Rules: Array<Record<string, unknown>> };
  expect(Rules).toHaveLength(1);
  return Rules[0] ?? {};
}

describe('the vault of a replicated environment', () => {
  it('is replicated whole, under the key of the replica, without deletions', () => {
    const [roleId, role] = resource(near.vault, 'AWS::IAM::Role', /Replication/);
    expect(resolve(vault.Properties.ReplicationConfiguration)).toEqual({
      Role: `arn:${roleId}`,
      Rules: [
        {
          Id: 'replica',
          Status: 'Enabled',
          Priority: 1,
          Filter: { Prefix: '' },
          DeleteMarkerReplication: { Status: 'Disabled' },
          SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
          Destination: {
            Bucket: `arn:aws:s3:::${BUCKETS.near}`,
            EncryptionConfiguration: {
              ReplicaKmsKeyID: `arn:aws:kms:eu-west-1:${VAULT_ACCOUNT}:${ALIAS}`,
            },
            Metrics: { Status: 'Enabled' },
          },
        },
      ],
    });
    expect(role.Properties.RoleName).toBe('lifeboat-production-eu-central-1-replication');
    expect(resolve(role.Properties.AssumeRolePolicyDocument)).toMatchObject({
      Statement: [{ Action: 'sts:AssumeRole', Principal: { Service: 's3.amazonaws.com' } }],
    });
  });

  it('gives replicas to the other account, if there is one, and to no account else', () => {
    expect(ruleOf(far.vault).Destination).toMatchObject({
      Bucket: `arn:aws:s3:::${BUCKETS.far}`,
      Account: OTHER_ACCOUNT,
      AccessControlTranslation: { Owner: 'Destination' },
      EncryptionConfiguration: { ReplicaKmsKeyID: `arn:aws:kms:eu-west-1:${OTHER_ACCOUNT}:${ALIAS}` },
    });
    expect(ruleOf(near.vault).Destination).not.toHaveProperty('Account');
  });

  it('has an alarm on what S3 could not replicate, in its own region, and names the replica', () => {
    near.vault.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'lifeboat-production-replication-failed',
      Namespace: 'AWS/S3',
      MetricName: 'OperationsFailedReplication',
      Dimensions: [
        { Name: 'DestinationBucket', Value: BUCKETS.near },
        { Name: 'RuleId', Value: 'replica' },
        { Name: 'SourceBucket', Value: { Ref: vaultId } },
      ],
      Statistic: 'Sum',
      Threshold: 1,
      TreatMissingData: 'notBreaching',
    });
    near.vault.hasOutput('ReplicaBucket', { Value: BUCKETS.near });
  });

  it('shows that alarm on its dashboard', () => {
    const [, alarm] = resource(near.vault, 'AWS::CloudWatch::Alarm', /ReplicationFailed/);
    const [[, dashboard] = []] = resources(near.vault, 'AWS::CloudWatch::Dashboard');
    expect(resolve(dashboard?.Properties.DashboardBody)).toContain(`:alarm:${alarm.Properties.AlarmName}"`);
  });

  it('costs three resources', () => {
    const { replica: _none, ...alone } = settings;
    const { vault: single, replica: none } = makeStacks(appWithoutBundles(), 'production', alone);
    expect(none).toBeUndefined();
    const count = (template: Template) => Object.keys(template.toJSON().Resources as object).length;
    expect(count(near.vault) - count(flatTemplate(single))).toBe(3);
  });
});

describe('the replication role', () => {
  const asRole = (pair: typeof near, action: string, target: string, context: Record<string, string> = {}) =>
    isAllowed(roleStatements(pair.vault, /Replication/), { action, resource: target, context });
  const ofSource = `arn:${vaultId}/${chunk}`;
  const there = (bucket: string) => `arn:aws:s3:::${bucket}/${chunk}`;

  it.each([
    's3:GetObjectVersionForReplication',
    's3:GetObjectVersionAcl',
    's3:GetObjectVersionTagging',
    // What locks and holds need.
    's3:GetObjectRetention',
    's3:GetObjectLegalHold',
  ])('may %s in the vault', (action) => {
    expect(asRole(near, action, ofSource)).toBe(true);
    expect(asRole(near, action, there(BUCKETS.near))).toBe(false);
    expect(asRole(near, action, 'arn:aws:s3:::somebody-elses/x')).toBe(false);
  });

  it.each(['s3:GetReplicationConfiguration', 's3:ListBucket'])('may %s of the vault', (action) => {
    expect(asRole(near, action, `arn:${vaultId}`)).toBe(true);
    expect(asRole(near, action, `arn:aws:s3:::${BUCKETS.near}`)).toBe(false);
  });

  it.each(['s3:ReplicateObject', 's3:ReplicateTags'])('may %s in the replica, and nowhere else', (action) => {
    expect(asRole(near, action, there(BUCKETS.near))).toBe(true);
    expect(asRole(near, action, ofSource)).toBe(false);
    expect(asRole(near, action, there('somebody-elses'))).toBe(false);
  });

  it('may give replicas away to the account of the replica only', () => {
    const action = 's3:ObjectOwnerOverrideToBucketOwner';
    expect(asRole(far, action, there(BUCKETS.far))).toBe(true);
    expect(asRole(near, action, there(BUCKETS.near))).toBe(false);
  });

  it.each([
    's3:ReplicateDelete',
    's3:DeleteObject',
    's3:DeleteObjectVersion',
    's3:PutObject',
    's3:PutObjectTagging',
    's3:PutObjectRetention',
    's3:PutObjectLegalHold',
    's3:BypassGovernanceRetention',
    's3:PutBucketVersioning',
    's3:PutReplicationConfiguration',
    's3:PutBucketPolicy',
    'kms:ScheduleKeyDeletion',
    'iam:PassRole',
  ])('may not %s anywhere', (action) => {
    const actions = [near, far].flatMap(({ vault: template }) =>
      roleStatements(template, /Replication/).flatMap(({ Action }) => asList(Action)),
    );
    expect(actions.length).toBeGreaterThan(20);
    expect(actions.filter((one) => one.includes('*'))).toEqual([]);
    expect(actions).not.toContain(action);
  });

  it('decrypts objects of the vault, and encrypts objects of the replica, each with the own key', () => {
    const context = (arn: string, alias?: string) => ({
      'kms:EncryptionContext:aws:s3:arn': arn,
      ...(alias !== undefined && { 'kms:ResourceAliases': alias }),
    });
    const ofReplica = `arn:aws:s3:::${BUCKETS.near}`;
    const key = `arn:aws:kms:eu-west-1:${VAULT_ACCOUNT}:key/0123`;
    expect(asRole(near, 'kms:Decrypt', `arn:${vaultKeyId}`, context(`arn:${vaultId}`))).toBe(true);
    expect(asRole(near, 'kms:Decrypt', `arn:${vaultKeyId}`, context('arn:Other'))).toBe(false);
    expect(asRole(near, 'kms:Decrypt', key, context(ofReplica, ALIAS))).toBe(false);
    for (const action of ['kms:Encrypt', 'kms:GenerateDataKey']) {
      expect(asRole(near, action, key, context(ofReplica, ALIAS))).toBe(true);
      expect(asRole(near, action, key, context(there(BUCKETS.near), ALIAS))).toBe(true);
      expect(asRole(near, action, key, context(ofReplica, 'alias/other'))).toBe(false);
      expect(asRole(near, action, key, context(ofReplica))).toBe(false);
      expect(asRole(near, action, key, context('arn:aws:s3:::other', ALIAS))).toBe(false);
      expect(asRole(near, action, key.replace('eu-west-1', 'eu-north-1'), context(ofReplica, ALIAS))).toBe(
        false,
      );
      expect(asRole(near, action, `arn:${vaultKeyId}`, context(`arn:${vaultId}`))).toBe(false);
    }
  });
});

describe('a replica in another account', () => {
  const [farId] = resource(far.replica, 'AWS::S3::Bucket', /VaultBucket/);
  const [, farKey] = resource(far.replica, 'AWS::KMS::Key', /VaultKey/);
  const bucket = bucketStatements(far.replica, farId);
  const { Statement: ofKey } = resolve(farKey.Properties.KeyPolicy) as { Statement: Statement[] };
  const safe = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' };
  /** Of the other account only: within an account the policies of its roles count too. */
  const fromOutside = (statements: readonly Statement[]) =>
    statements.filter(
      ({ Effect, Principal }) =>
        Effect === 'Deny' || JSON.stringify(Principal).includes(`:${VAULT_ACCOUNT}:root`),
    );
  const may = (statements: readonly Statement[], action: string, target: string, who: string) =>
    isAllowed(fromOutside(statements), {
      action,
      resource: target,
      context: { ...safe, 'aws:PrincipalArn': who },
    });

  it.each(['s3:ReplicateObject', 's3:ReplicateTags', 's3:ObjectOwnerOverrideToBucketOwner'])(
    'lets the replication role %s',
    (action) => {
      expect(may(bucket, action, `arn:${farId}/${chunk}`, ROLE)).toBe(true);
      expect(may(bucket, action, `arn:${farId}/${chunk}`, `${ROLE}-2`)).toBe(false);
      expect(may(bucket, action, `arn:${farId}/${chunk}`, `arn:aws:iam::${VAULT_ACCOUNT}:root`)).toBe(false);
    },
  );

  it.each(['s3:GetBucketVersioning', 's3:ListBucket'])('lets the replication role %s', (action) => {
    expect(may(bucket, action, `arn:${farId}`, ROLE)).toBe(true);
    expect(may(bucket, action, `arn:${farId}`, `${ROLE}-2`)).toBe(false);
  });

  it.each([
    's3:ReplicateDelete',
    's3:DeleteObject',
    's3:DeleteObjectVersion',
    's3:PutObject',
    's3:PutObjectTagging',
    's3:GetObject',
    's3:PutBucketVersioning',
    's3:PutLifecycleConfiguration',
    's3:PutBucketPolicy',
  ])('lets nobody of the account of the vault %s', (action) => {
    for (const who of [ROLE, `arn:aws:iam::${VAULT_ACCOUNT}:root`]) {
      expect(may(bucket, action, `arn:${farId}/${chunk}`, who)).toBe(false);
      expect(may(bucket, action, `arn:${farId}`, who)).toBe(false);
    }
  });

  it('lets the replication role encrypt with its key, and not decrypt', () => {
    for (const action of ['kms:Encrypt', 'kms:GenerateDataKey']) {
      expect(may(ofKey, action, 'the key', ROLE)).toBe(true);
      expect(may(ofKey, action, 'the key', `${ROLE}-2`)).toBe(false);
    }
    for (const action of ['kms:Decrypt', 'kms:ScheduleKeyDeletion', 'kms:PutKeyPolicy', 'kms:DisableKey']) {
      expect(may(ofKey, action, 'the key', ROLE)).toBe(false);
    }
  });

  it('names as principal the account, not a role that is made later', () => {
    for (const { Principal, Sid } of [...bucket, ...ofKey]) {
      expect(JSON.stringify(Principal), Sid).not.toContain(':role/');
    }
  });

  it('is for its own people, because those of the vault’s account may be lost with it', () => {
    const trusted = (template: Template) => {
      const [, role] = resource(template, 'AWS::IAM::Role', /Restore/);
      return (resolve(role.Properties.AssumeRolePolicyDocument) as { Statement: Statement[] }).Statement.map(
        ({ Principal }) => Principal,
      );
    };
    expect(trusted(near.replica)).toEqual([{ AWS: settings.restorers[0] }]);
    expect(trusted(far.replica)).toEqual([{ AWS: `arn:aws:iam::${OTHER_ACCOUNT}:root` }]);
    const named = replicated({
      ...settings,
      replica: {
        region: 'eu-west-1',
        account: OTHER_ACCOUNT,
        restorers: [`arn:aws:iam::${OTHER_ACCOUNT}:user/bob`],
      },
    });
    expect(trusted(named.replica)).toEqual([{ AWS: `arn:aws:iam::${OTHER_ACCOUNT}:user/bob` }]);
  });

  it('accepts nothing from outside within one account', () => {
    const statements = bucketStatements(near.replica, replicaId);
    expect(statements.filter(({ Effect }) => Effect === 'Allow')).toEqual([]);
  });
});

describe('the replica', () => {
  it('has the bucket and the key that the vault’s stack names', () => {
    expect(replicaBucket.Properties.BucketName).toBe(BUCKETS.near);
    const [, alias] = resource(near.replica, 'AWS::KMS::Alias', /VaultKey/);
    expect(resolve(alias.Properties)).toEqual({ AliasName: ALIAS, TargetKeyId: `arn:${replicaKeyId}` });
  });

  it('is a vault as the vault is: versioned, lockable, guarded, written once, with the same rules', () => {
    const same = ['VersioningConfiguration', 'ObjectLockEnabled', 'ObjectLockConfiguration'] as const;
    for (const property of [...same, 'OwnershipControls']) {
      expect(replicaBucket.Properties[property], property).toBeDefined();
      expect(replicaBucket.Properties[property], property).toEqual(vault.Properties[property]);
    }
    const { Rules: there } = replicaBucket.Properties.LifecycleConfiguration as { Rules: object[] };
    const { Rules: here } = vault.Properties.LifecycleConfiguration as { Rules: Array<{ Id: string }> };
    // The replica knows no source, so captured changes have the default's days there.
    const days = { ExpirationInDays: DEFAULT_KEPT_CHANGES_DAYS };
    expect(there).toEqual(here.map((rule) => (rule.Id === 'changes' ? { ...rule, ...days } : rule)));
    const sids = (template: Template, id: string) => bucketStatements(template, id).map(({ Sid }) => Sid);
    expect(sids(near.replica, replicaId).toSorted()).toEqual(sids(near.vault, vaultId).toSorted());
    expect(sids(near.replica, replicaId)).toEqual(expect.arrayContaining(['GuardTags', 'GuardHolds']));
    expect(replicaBucket.DeletionPolicy).toBe('RetainExceptOnCreate');
    expect(replicaBucket.Properties.ReplicationConfiguration).toBeUndefined();
  });

  it('takes replicas from its vault’s role alone', () => {
    const anybody: Statement[] = [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      ...bucketStatements(near.replica, replicaId),
    ];
    for (const action of ['s3:ReplicateObject', 's3:ReplicateTags']) {
      const context = {
        'aws:SecureTransport': 'true',
        's3:TlsVersion': '1.3',
        'aws:PrincipalArn': 'arn:aws:iam::111122223333:role/Administrator',
      };
      expect(isAllowed(anybody, { action, resource: `arn:${replicaId}/daily/app/x`, context })).toBe(false);
    }
  });

  it('takes replicas without If-None-Match, and nothing else', () => {
    const anybody: Statement[] = [
      { Effect: 'Allow', Action: '*', Resource: '*' },
      ...bucketStatements(near.replica, replicaId),
    ];
    const write = (action: string) =>
      isAllowed(anybody, {
        action,
        resource: `arn:${replicaId}/daily/app/20261120T020000Z/proof.json`,
        context: {
          'aws:SecureTransport': 'true',
          's3:TlsVersion': '1.3',
          's3:ObjectCreationOperation': 'true',
          'aws:PrincipalArn': ROLE,
        },
      });
    expect(write('s3:ReplicateObject')).toBe(true);
    expect(write('s3:ReplicateTags')).toBe(true);
    // The vault's keeper tags, nobody here.
    expect(write('s3:PutObjectTagging')).toBe(false);
    expect(write('s3:PutObject')).toBe(false);
    // Whatever the role of the vault's account is given.
    expect(write('s3:ReplicateDelete')).toBe(false);
  });

  it('watches its own bucket from a schedule whose name is known, and publishes as a replica', () => {
    const [, schedule] = resource(near.replica, 'AWS::Scheduler::Schedule', /Sentinel/);
    const [, sentinel] = resource(near.replica, 'AWS::Lambda::Function', /Sentinel/);
    const { Variables } = resolve(sentinel.Properties.Environment) as { Variables: Record<string, string> };
    const name = schedule.Properties.Name;
    expect(name).toMatch(/^lifeboat-production-replica-[0-9a-f]{8}$/);
    expect(Variables).toMatchObject({
      LIFEBOAT_ENVIRONMENT: 'production-replica',
      LIFEBOAT_VAULT: `s3://${replicaId}`,
      LIFEBOAT_REPLICA: 'yes',
    });
    expect(JSON.parse(Variables.LIFEBOAT_SOURCES ?? '')).toEqual([
      { name: 'app', backupSchedule: name },
      { name: 'ledger', backupSchedule: name },
    ]);
    const statements = roleStatements(near.replica, /SentinelRole/);
    const arn = (of: string) => `arn:aws:scheduler:eu-west-1:${VAULT_ACCOUNT}:schedule/default/${of}`;
    const may = (of: string) => isAllowed(statements, { action: 'scheduler:GetSchedule', resource: arn(of) });
    expect(may(String(name))).toBe(true);
    expect(may('another')).toBe(false);
  });

  it('counts ages anew when a source is added or backed up more often, and only then', () => {
    const nameOf = (changed: Partial<EnvironmentSettings>) => {
      const { replica } = replicated({ ...settings, ...changed });
      return resource(replica, 'AWS::Scheduler::Schedule', /Sentinel/)[1].Properties.Name;
    };
    const [app] = settings.sources;
    expect(nameOf({ tags: { team: 'shop' }, retention: { daily: { days: 10 } } })).toBe(nameOf({}));
    expect(nameOf({ sources: [app] })).not.toBe(nameOf({}));
    expect(nameOf({ sources: [{ ...app, schedule: 'rate(1 hour)' }] })).not.toBe(nameOf({ sources: [app] }));
  });

  it('pages if a source is behind by more than its schedule and the replication explain', () => {
    const threshold = (source: string, hours: number) =>
      near.replica.hasResourceProperties('AWS::CloudWatch::Alarm', {
        AlarmName: `lifeboat-production-replica-${source}-replica-behind`,
        MetricName: 'BackupAgeSeconds',
        Dimensions: [
          { Name: 'Environment', Value: 'production-replica' },
          { Name: 'Source', Value: source },
        ],
        Threshold: hours * 3600,
      });
    threshold('app', 24 + 1 + 3);
    threshold('ledger', 168 + 1 + 3);
    const pages = resources(near.replica, 'AWS::CloudWatch::CompositeAlarm').map(([, { Properties }]) => [
      Properties.AlarmName,
      String(resolve(Properties.AlarmRule)).match(/ALARM\(/g)?.length,
    ]);
    expect(Object.fromEntries(pages)).toEqual({
      'lifeboat-production-replica-page-now': 2,
      'lifeboat-production-replica-app-page-now': 1,
      'lifeboat-production-replica-ledger-page-now': 1,
    });
  });

  it('asks S3 itself about the lag, by the name of the replica', () => {
    near.replica.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: 'lifeboat-production-replica-replication-lag',
      Metrics: [
        {
          Expression: {
            'Fn::Join': [
              '',
              [
                'SELECT MAX(ReplicationLatency) FROM SCHEMA("AWS/S3", DestinationBucket, RuleId, SourceBucket) WHERE DestinationBucket = \'',
                { Ref: replicaId },
                "'",
              ],
            ],
          },
          Period: 300,
        },
      ],
      Threshold: 3600,
      EvaluationPeriods: 3,
      DatapointsToAlarm: 3,
      TreatMissingData: 'notBreaching',
    });
  });

  it('is drilled if that is asked for, by functions of its own, for sources that functions drill', () => {
    const functions = (template: Template) =>
      resources(template, 'AWS::Lambda::Function').map(([id]) => id.replace(/Function.*/, ''));
    expect(functions(near.replica)).toEqual(['LifeboatSentinel']);
    expect(functions(drilled.replica).toSorted()).toEqual([
      'LifeboatSentinel',
      'LifeboatSourceappRestoreDrill',
    ]);
    const names = resources(drilled.replica, 'AWS::CloudWatch::Alarm').map(
      ([, { Properties }]) => Properties.AlarmName,
    );
    const prefix = 'lifeboat-production-replica';
    expect(names.toSorted()).toEqual(
      [
        ...['drill-failed-twice', 'replica-behind', 'replica-undrilled', 'drill-failed'],
        ...['drill-room', 'dead-letters', 'drill-throttled'],
      ]
        .map((kind) => `${prefix}-app-${kind}`)
        .concat(`${prefix}-ledger-replica-behind`, `${prefix}-replication-lag`)
        .concat(
          ...['silent', 'errors', 'dead-letters', 'throttled'].map((kind) => `${prefix}-sentinel-${kind}`),
        )
        .toSorted(),
    );
    drilled.replica.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: `${prefix}-app-replica-undrilled`,
      MetricName: 'DrillAgeSeconds',
      Threshold: (168 + 1.5) * 3600,
    });
    const [scheduleId] = resource(drilled.replica, 'AWS::Scheduler::Schedule', /DrillSchedule/);
    const [, sentinel] = resource(drilled.replica, 'AWS::Lambda::Function', /Sentinel/);
    const { Variables } = resolve(sentinel.Properties.Environment) as { Variables: Record<string, string> };
    expect(JSON.parse(Variables.LIFEBOAT_SOURCES ?? '')).toMatchObject([
      { name: 'app', drillSchedule: scheduleId },
      { name: 'ledger' },
    ]);
  });

  it('is drilled without a trace: its drills write nothing, neither a proof nor a lock', () => {
    const statements = roleStatements(drilled.replica, /RestoreDrillRole/);
    const actions = statements.flatMap(({ Action }) => asList(Action)).toSorted();
    expect(actions).toEqual(
      [
        ...['logs:CreateLogStream', 'logs:PutLogEvents', 'sqs:SendMessage', 'cloudwatch:PutMetricData'],
        ...['s3:ListBucket', 's3:GetObject', 'kms:Decrypt'],
      ].toSorted(),
    );
    const [, drill] = resource(drilled.replica, 'AWS::Lambda::Function', /RestoreDrill/);
    const { Variables } = resolve(drill.Properties.Environment) as { Variables: Record<string, string> };
    expect(Variables).toMatchObject({ LIFEBOAT_REPLICA: 'yes', LIFEBOAT_ENVIRONMENT: 'production-replica' });
    expect(Variables).not.toHaveProperty('LIFEBOAT_OBJECT_LOCK');
  });

  it('opens encrypted backups with an identity of its own region', () => {
    const [app] = settings.sources;
    const there = (arn: string) => arn.replace('eu-central-1', 'eu-west-1');
    const identity = `arn:aws:secretsmanager:eu-central-1:${VAULT_ACCOUNT}:secret:identity-AbCdEf`;
    const { replica } = replicated({
      ...settings,
      sources: [{ ...app, ageRecipients: [RECIPIENT], ageIdentitySecretArn: identity }],
      replica: {
        region: 'eu-west-1',
        drillSchedule: 'rate(7 days)',
        ageIdentitySecretArn: there(identity),
      },
    });
    const statements = roleStatements(replica, /RestoreDrillRole/);
    const mayRead = (secret: string) =>
      isAllowed(statements, { action: 'secretsmanager:GetSecretValue', resource: secret });
    expect(mayRead(there(identity))).toBe(true);
    expect(mayRead(identity)).toBe(false);
    expect(mayRead(app.secretArn)).toBe(false);
  });

  it('has no role but those to hold and to break the glass that may write, delete or encrypt anything there', () => {
    const forbidden = /Delete|Bypass|s3:Put|Replicate|ScheduleKey|kms:GenerateDataKey|kms:Encrypt/;
    for (const [id] of resources(drilled.replica, 'AWS::IAM::Role')) {
      if (/BreakGlass|GuardAlert|HoldRole/.test(id)) continue;
      const actions = roleStatements(drilled.replica, new RegExp(`^${id}$`)).flatMap(({ Action }) =>
        asList(Action),
      );
      expect(actions.length, id).toBeGreaterThan(0);
      expect(
        actions.filter((action) => action.includes('*') || forbidden.test(action)),
        id,
      ).toEqual([]);
    }
    expect(Object.keys(drilled.replica.findResources('AWS::IAM::Policy'))).toEqual([]);
  });

  it('names in its outputs what the vault’s stack names in its own', () => {
    const outputs = (template: Template) => Object.keys(template.toJSON().Outputs as object);
    expect(outputs(drilled.replica).toSorted()).toEqual([
      'AlertTopic',
      'BreakGlassRole',
      'HoldRole',
      'PageNowAlarm',
      'PageNowAlarmApp',
      'PageNowAlarmLedger',
      'RestoreDrillFunctionApp',
      'RestoreRole',
      'SentinelFunction',
      'VaultBucket',
    ]);
    const known = new Set(outputs(drilled.vault));
    expect(outputs(drilled.replica).filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('the two stacks', () => {
  it.each([
    ['in one account', near],
    ['in two accounts', far],
    ['with drills', drilled],
  ])('%s need nothing of each other but names: no export, no custom resource, no parameter', (_, pair) => {
    for (const template of [pair.vault, pair.replica]) {
      const {
        Parameters = {},
        Outputs,
        Resources,
      } = template.toJSON() as {
        Parameters?: object;
        Outputs: Record<string, { Export?: unknown }>;
        Resources: Record<string, { Type: string }>;
      };
      expect(Object.keys(Parameters)).toEqual(['BootstrapVersion']);
      expect(Object.values(Outputs).filter(({ Export }) => Export !== undefined)).toEqual([]);
      for (const [id, { Type }] of Object.entries(Resources)) {
        expect(Type, id).toMatch(
          /^AWS::(S3|KMS|Lambda|IAM|SNS|SQS|CloudWatch|Logs|Scheduler|Events|CloudFormation|EC2|ECS|StepFunctions)::/,
        );
      }
    }
  });

  it('are tagged alike, and the replica is deployed first', () => {
    const app = appWithoutBundles();
    const { vault: first, replica: second } = makeStacks(app, 'production', {
      ...settings,
      replica: { region: 'eu-west-1', account: OTHER_ACCOUNT },
    });
    expect(first.dependencies.map(({ stackName }) => stackName)).toEqual([second?.stackName]);
    expect(second?.stackName).toBe('lifeboat-production-replica');
    expect(second?.environment).toBe(`aws://${OTHER_ACCOUNT}/eu-west-1`);
    const cloud = app.synth();
    for (const { stackName } of [first, second as Stack]) {
      expect(cloud.getStackByName(stackName).tags).toEqual({
        environment: 'production',
        service: 'lifeboat',
      });
    }
  });
});

describe('in somebody else’s app', () => {
  function shop(account?: string) {
    const app: App = appWithoutBundles();
    const here = new Stack(app, 'Shop', { env: { region: 'eu-central-1', ...(account && { account }) } });
    const there = new Stack(app, 'ShopReplica', {
      env: { region: 'us-east-1', ...(account && { account }) },
    });
    return { here, there };
  }

  it('needs no account to be known', () => {
    const { here, there } = shop();
    const source = { name: 'orders', schedule: ScheduleExpression.cron({ minute: '0', hour: '4' }) };
    new PostgresBackup(here, 'Backup', {
      environment: 'shop',
      sources: [{ ...source, secret: Secret.fromSecretNameV2(here, 'Secret', 'shop/orders') }],
      replica: { region: 'us-east-1' },
    });
    new Replica(there, 'Replica', { environment: 'shop', sources: [source], vaultRegion: 'eu-central-1' });
    const [, bucket] = resource(Template.fromStack(there), 'AWS::S3::Bucket', /VaultBucket/);
    const name = String(resolve(bucket.Properties.BucketName));
    expect(name).toBe('lifeboat-shop-111122223333-us-east-1');
    expect(ruleOf(Template.fromStack(here)).Destination).toMatchObject({ Bucket: `arn:aws:s3:::${name}` });
  });

  it('says what is wrong', () => {
    const { here, there } = shop();
    const secret = Secret.fromSecretNameV2(here, 'Secret', 'shop/orders');
    const backup = (id: string, replica: { region: string; account?: string }, environment = 'shop') =>
      new PostgresBackup(here, id, { environment, sources: [{ name: 'orders', secret }], replica });
    expect(() => backup('A', { region: 'eu-central-1' })).toThrow(
      'the region of the vault: give another one',
    );
    expect(() => backup('B', { region: 'Frankfurt' })).toThrow('replica.region: should be an AWS region');
    expect(() => backup('C', { region: 'us-east-1', account: OTHER_ACCOUNT })).toThrow(
      'the stack does not know its own account',
    );
    expect(() => backup('D', { region: 'us-east-1' }, 'a'.repeat(27))).toThrow(
      'with a replica it may have 26',
    );
    expect(
      () => new Replica(there, 'R', { environment: 'shop', sources: [{ name: 'orders' }], vaultRegion: '' }),
    ).toThrow('vaultRegion: should be an AWS region');
  });
});
