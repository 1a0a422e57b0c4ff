import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type ISecret, Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import { environments } from '../../bin/environments.ts';
import type { EnvironmentSettings } from '../../lib/infra/environment/environment-settings.ts';
import { PostgresBackup } from '../../lib/infra/postgres-backup.ts';
import { asList, resolve } from './support/intrinsics.ts';
import { nestedTemplates } from './support/nested.ts';
import {
  type AccessRequest,
  bucketStatements,
  isAllowed,
  roleStatements,
  type Statement,
} from './support/policy.ts';
import { appWithoutBundles, resource, resources, stackOf, templateOf } from './support/synthesized.ts';

const production = templateOf('production');
const withNetwork = templateOf('development', {
  sources: [
    {
      name: 'app',
      secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf',
      secretKeyArn: 'arn:aws:kms:eu-central-1:123456789012:key/0123',
      vpc: {
        vpcId: 'vpc-0123456789abcdef0',
        availabilityZones: ['eu-central-1a'],
        subnetIds: ['subnet-0123456789abcdef0'],
      },
    },
  ],
});
const [vaultId] = resource(production, 'AWS::S3::Bucket', /VaultBucket/);
const [keyId] = resource(production, 'AWS::KMS::Key', /VaultKey/);

/** Roles of the production example: sources app and billing. */
const ROLES = {
  backup: /SourceappBackupRole/,
  drill: /SourceappRestoreDrillRole/,
  sentinel: /SentinelRole|SentinelSentinelRole/,
  keeper: /KeeperRole/,
  restore: /RestoreRole/,
  breakGlass: /BreakGlassRole/,
  hold: /LifeboatHoldRole/,
} as const;
type RoleName = keyof typeof ROLES;

const safe = { 'aws:SecureTransport': 'true', 's3:TlsVersion': '1.3' };
const statementsOf = new Map<RoleName, Statement[]>(
  (Object.keys(ROLES) as RoleName[]).map((name) => [
    name,
    [...roleStatements(production, ROLES[name]), ...bucketStatements(production, vaultId)],
  ]),
);
const principalOf = new Map(
  (Object.keys(ROLES) as RoleName[]).map((name) => {
    const [id, { Properties }] = resource(production, 'AWS::IAM::Role', ROLES[name]);
    const named = resolve(Properties.RoleName);
    return [
      name,
      typeof named === 'string' ? `arn:aws:iam::111122223333:role/${named}` : `arn:${id}`,
    ] as const;
  }),
);

function may(
  role: RoleName,
  action: string,
  target: string,
  context: AccessRequest['context'] = {},
): boolean {
  return isAllowed(statementsOf.get(role) ?? [], {
    action,
    resource: target,
    context: { ...safe, 'aws:PrincipalArn': principalOf.get(role) ?? '', ...context },
  });
}

function object(key: string): string {
  return `arn:${vaultId}/${key}`;
}

const chunk = 'daily/app/20261120T020000Z/k3f9aqbc/data/0001-public.users.copy.zst';
const manifest = 'daily/app/20261120T020000Z/manifest.json';
const proof = 'daily/app/20261120T020000Z/proof.json';
/** Policies refer to the role by its logical id. */
const holdRole = `arn:${resource(production, 'AWS::IAM::Role', ROLES.hold)[0]}`;
const ifAbsent = { 's3:if-none-match': '*' };

describe('what nobody may do', () => {
  const forbidden = [
    's3:DeleteObject',
    's3:DeleteObjectVersion',
    's3:DeleteBucket',
    's3:PutObjectLegalHold',
    's3:BypassGovernanceRetention',
    's3:PutLifecycleConfiguration',
    's3:PutBucketPolicy',
    's3:DeleteBucketPolicy',
    's3:PutBucketVersioning',
    's3:PutBucketObjectLockConfiguration',
    's3:ReplicateDelete',
    's3:PutObjectAcl',
    'kms:ScheduleKeyDeletion',
    'kms:DisableKey',
    'kms:PutKeyPolicy',
    'kms:CreateGrant',
    'iam:PassRole',
    'iam:PutRolePolicy',
    'sts:AssumeRole',
    'lambda:UpdateFunctionCode',
    'secretsmanager:PutSecretValue',
    'scheduler:DeleteSchedule',
    'cloudwatch:DisableAlarmActions',
    'cloudwatch:DeleteAlarms',
  ];

  it.each([
    ['production', production],
    ['in a VPC', withNetwork],
    // The ends of tasks have rules and permissions alone; a dashboard and alarms need no role.
    ...[...nestedTemplates(stackOf(environments.production as EnvironmentSettings))].filter(
      ([id]) => !['TaskEnds', 'Dashboard', 'EgressAlarms'].includes(id),
    ),
  ])(
    '%s: no role of the stack but the two of people who break the glass or hold has any of it, anywhere',
    (_, template) => {
      // Two roles are there for people to do what nothing else may: their rights are tested by themselves.
      const ofPeople = [ROLES.breakGlass, ROLES.hold];
      const roles = resources(template, 'AWS::IAM::Role').filter(
        ([id]) => !ofPeople.some((role) => role.test(id)),
      );
      expect(roles.length).toBeGreaterThanOrEqual(template.toJSON().Outputs?.VaultBucket ? 6 : 2);
      for (const [id] of roles) {
        const actions = roleStatements(template, new RegExp(`^${id}$`)).flatMap(({ Action }) =>
          asList(Action),
        );
        expect(actions.length, id).toBeGreaterThan(0);
        // No wildcard in any action, so a list of names is the whole truth.
        expect(
          actions.filter((action) => action.includes('*')),
          id,
        ).toEqual([]);
        // A backup function may pass the roles of its task, and no others: see below.
        const passes = /BackupRole/.test(id) ? ['iam:PassRole'] : [];
        expect(
          actions.filter((action) => forbidden.includes(action) && !passes.includes(action)),
          id,
        ).toEqual([]);
      }
      // Nor is anything granted beside the roles' own policies.
      expect(Object.keys(template.findResources('AWS::IAM::Policy'))).toEqual([]);
      expect(Object.keys(template.findResources('AWS::IAM::ManagedPolicy'))).toEqual([]);
    },
  );
});

describe('the backup function', () => {
  it('writes below its own prefixes, and abandons its own uploads', () => {
    for (const retentionClass of ['daily', 'weekly', 'monthly', 'manual']) {
      const key = chunk.replace('daily', retentionClass);
      expect(may('backup', 's3:PutObject', object(key))).toBe(true);
      expect(may('backup', 's3:AbortMultipartUpload', object(key))).toBe(true);
    }
    expect(may('backup', 's3:PutObject', object(chunk.replace('/app/', '/billing/')))).toBe(false);
    expect(may('backup', 's3:PutObject', object(chunk.replace('/app/', '/app2/')))).toBe(false);
    expect(may('backup', 's3:PutObject', object(`attic/${chunk}`))).toBe(false);
    expect(may('backup', 's3:AbortMultipartUpload', object(chunk.replace('/app/', '/billing/')))).toBe(false);
  });

  it('writes over nothing: each object has to be new', () => {
    const creation = { 's3:ObjectCreationOperation': 'true' };
    for (const key of [chunk, manifest]) {
      expect(may('backup', 's3:PutObject', object(key), { ...creation, ...ifAbsent })).toBe(true);
      expect(may('backup', 's3:PutObject', object(key), creation)).toBe(false);
      expect(may('backup', 's3:PutObject', object(key), { ...creation, 's3:if-match': 'etag' })).toBe(false);
    }
    // The requests that begin an upload and send its parts create nothing.
    expect(may('backup', 's3:PutObject', object(chunk), { 's3:ObjectCreationOperation': 'false' })).toBe(
      true,
    );
  });

  it('says of no backup that it was proven', () => {
    for (const retentionClass of ['daily', 'weekly', 'monthly', 'manual']) {
      const key = proof.replace('daily', retentionClass);
      expect(may('backup', 's3:PutObject', object(key), ifAbsent), key).toBe(false);
    }
  });

  it('locks what it writes for the days of its class, not longer, and in the vault’s mode', () => {
    const lock = (key: string, days: number, mode = 'GOVERNANCE') =>
      may('backup', 's3:PutObjectRetention', object(key), {
        's3:object-lock-mode': mode,
        's3:object-lock-remaining-retention-days': String(days),
      });
    for (const [retentionClass, days] of Object.entries({ daily: 7, weekly: 28, monthly: 365, manual: 30 })) {
      const key = chunk.replace('daily', retentionClass);
      expect(lock(key, days), key).toBe(true);
      expect(lock(key, days + 1), key).toBe(false);
      expect(lock(key, days, 'COMPLIANCE'), key).toBe(false);
      expect(lock(key.replace('/app/', '/billing/'), days), key).toBe(false);
    }
    expect(may('backup', 's3:BypassGovernanceRetention', object(chunk))).toBe(false);
  });

  it('seals where there is nothing, and reads manifests to know whose a seal is', () => {
    expect(may('backup', 's3:PutObject', object(manifest), ifAbsent)).toBe(true);
    expect(may('backup', 's3:PutObject', object(manifest))).toBe(false);
    expect(may('backup', 's3:GetObject', object(manifest))).toBe(true);
    expect(may('backup', 's3:GetObject', object(manifest.replace('/app/', '/billing/')))).toBe(false);
  });

  it('reads no data back, and lists nothing', () => {
    expect(may('backup', 's3:GetObject', object(chunk))).toBe(false);
    expect(may('backup', 's3:GetObject', object(proof))).toBe(false);
    expect(may('backup', 's3:ListBucket', `arn:${vaultId}`, { 's3:prefix': 'daily/app/' })).toBe(false);
  });

  it('reads its own secret and no other', () => {
    const secret = (name: string) =>
      `arn:aws:secretsmanager:eu-central-1:111122223333:secret:lifeboat/production/${name}-AbCdEf`;
    expect(may('backup', 'secretsmanager:GetSecretValue', secret('app'))).toBe(true);
    expect(may('backup', 'secretsmanager:GetSecretValue', secret('billing'))).toBe(false);
  });

  it('decrypts a secret under a customer key for that secret only', () => {
    const statements = roleStatements(withNetwork, /BackupRole/);
    const decrypt = (secretArn: string) =>
      isAllowed(statements, {
        action: 'kms:Decrypt',
        resource: 'arn:aws:kms:eu-central-1:123456789012:key/0123',
        context: { 'kms:EncryptionContext:SecretARN': secretArn },
      });
    expect(decrypt('arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf')).toBe(true);
    expect(decrypt('arn:aws:secretsmanager:eu-central-1:123456789012:secret:other-AbCdEf')).toBe(false);
  });
});

describe('a secret whose six characters nobody told,', () => {
  const ACCOUNT = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret';
  const key = 'arn:aws:kms:eu-central-1:123456789012:key/0123';
  const mayRead = (statements: readonly Statement[], secretArn: string) => ({
    read: isAllowed(statements, { action: 'secretsmanager:GetSecretValue', resource: secretArn }),
    decrypt: isAllowed(statements, {
      action: 'kms:Decrypt',
      resource: key,
      context: { 'kms:EncryptionContext:SecretARN': secretArn },
    }),
  });
  const BOTH = { read: true, decrypt: true };
  const NEITHER = { read: false, decrypt: false };

  it.each([
    ['named by a partial ARN', { secretArn: `${ACCOUNT}:shop/app` }, ACCOUNT],
    [
      'named by its name',
      { secretName: 'shop/app' },
      'arn:aws:secretsmanager:eu-central-1:111122223333:secret',
    ],
  ])('%s, is read and decrypted, and nothing whose name begins in the same way', (_, settings, account) => {
    const template = templateOf('development', {
      sources: [{ name: 'app', secretKeyArn: key, ...settings }],
    });
    const statements = roleStatements(template, /SourceappBackupRole/);
    expect(mayRead(statements, `${account}:shop/app-AbCdEf`)).toEqual(BOTH);
    expect(mayRead(statements, `${account}:shop/app-staging-AbCdEf`)).toEqual(NEITHER);
    expect(mayRead(statements, `${account}:shop/app2-AbCdEf`)).toEqual(NEITHER);
    expect(mayRead(statements, `${account}:shop/app`)).toEqual(NEITHER);
  });

  it('or whose key the secret itself names, is read and decrypted', () => {
    const stack = new Stack(appWithoutBundles(), 'Shop');
    const secrets: Readonly<Record<string, ISecret>> = {
      byname: Secret.fromSecretNameV2(stack, 'ByName', 'shop/byname'),
      imported: Secret.fromSecretAttributes(stack, 'Imported', {
        secretPartialArn: `${ACCOUNT}:imported`,
        encryptionKey: Key.fromKeyArn(stack, 'ImportedKey', key),
      }),
      made: new Secret(stack, 'Made', { encryptionKey: new Key(stack, 'MadeKey') }) as ISecret,
    };
    new PostgresBackup(stack, 'Backup', {
      environment: 'shop',
      sources: Object.entries(secrets).map(([name, secret]) => ({ name, secret })),
    });
    const template = Template.fromStack(stack);
    const of = (name: string) => roleStatements(template, new RegExp(`Source${name}BackupRole`));
    const [madeId] = resource(template, 'AWS::SecretsManager::Secret', /Made/);
    const [madeKeyId] = resource(template, 'AWS::KMS::Key', /MadeKey/);
    const account = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret';
    expect(mayRead(of('byname'), `${account}:shop/byname-AbCdEf`).read).toBe(true);
    expect(mayRead(of('imported'), `${ACCOUNT}:imported-AbCdEf`)).toEqual(BOTH);
    expect(mayRead(of('imported'), `${ACCOUNT}:imported-x-AbCdEf`)).toEqual(NEITHER);
    // A secret of the same stack is known completely.
    expect(mayRead(of('made'), madeId).read).toBe(true);
    expect(mayRead(of('made'), `${madeId}-AbCdEf`).read).toBe(false);
    expect(
      isAllowed(of('made'), {
        action: 'kms:Decrypt',
        resource: `arn:${madeKeyId}`,
        context: { 'kms:EncryptionContext:SecretARN': madeId },
      }),
    ).toBe(true);
  });
});

describe('the restore-drill function', () => {
  it('reads the backups of its source, and no other', () => {
    expect(may('drill', 's3:GetObject', object(chunk))).toBe(true);
    expect(may('drill', 's3:GetObject', object(manifest))).toBe(true);
    expect(may('drill', 's3:GetObject', object(chunk.replace('/app/', '/billing/')))).toBe(false);
  });

  it('writes proofs where there are none, and nothing else', () => {
    expect(may('drill', 's3:PutObject', object(proof), ifAbsent)).toBe(true);
    expect(may('drill', 's3:PutObject', object(proof))).toBe(false);
    expect(may('drill', 's3:PutObject', object(manifest), ifAbsent)).toBe(false);
    expect(may('drill', 's3:PutObject', object(chunk))).toBe(false);
    expect(may('drill', 's3:PutObject', object(proof.replace('/app/', '/billing/')), ifAbsent)).toBe(false);
  });

  it('locks its proof as long as the class, and nothing else', () => {
    const lock = (key: string, days: number) =>
      may('drill', 's3:PutObjectRetention', object(key), {
        's3:object-lock-mode': 'GOVERNANCE',
        's3:object-lock-remaining-retention-days': String(days),
      });
    expect(lock(proof, 7)).toBe(true);
    expect(lock(proof, 8)).toBe(false);
    expect(lock(manifest, 7)).toBe(false);
    expect(lock(chunk, 7)).toBe(false);
  });

  it('lists the way to its source, and is told that a manifest is not there', () => {
    const list = (context: Record<string, string>) =>
      may('drill', 's3:ListBucket', `arn:${vaultId}`, context);
    for (const prefix of ['', 'daily/', 'daily/app/', 'daily/app/20261120T020000Z/']) {
      expect(list({ 's3:prefix': prefix })).toBe(true);
    }
    expect(list({ 's3:prefix': 'daily/billing/' })).toBe(false);
    // What S3 asks for before it answers a read of a missing key with 404: no prefix.
    expect(list({})).toBe(true);
  });

  it('knows no secret and is in no network', () => {
    for (const template of [production, withNetwork]) {
      const actions = roleStatements(template, /SourceappRestoreDrillRole/).flatMap(({ Action }) =>
        asList(Action),
      );
      expect(actions.filter((action) => /^(secretsmanager|ec2):/.test(action))).toEqual([]);
      const [, drill] = resource(template, 'AWS::Lambda::Function', /SourceappRestoreDrillFunction/);
      expect(drill.Properties.VpcConfig).toBeUndefined();
    }
  });
});

describe('the sentinel', () => {
  it('lists the vault and reads manifests and proofs of every source', () => {
    expect(may('sentinel', 's3:ListBucket', `arn:${vaultId}`, { 's3:prefix': '' })).toBe(true);
    expect(may('sentinel', 's3:GetObject', object(manifest))).toBe(true);
    expect(may('sentinel', 's3:GetObject', object(proof.replace('/app/', '/billing/')))).toBe(true);
  });

  it('reads no row of any backup, and writes nothing', () => {
    expect(may('sentinel', 's3:GetObject', object(chunk))).toBe(false);
    expect(may('sentinel', 's3:GetObject', object('daily/app/20261120T020000Z/k3f9aqbc/roles.sql'))).toBe(
      false,
    );
    expect(may('sentinel', 's3:PutObject', object(proof), ifAbsent)).toBe(false);
    expect(may('sentinel', 'kms:GenerateDataKey', `arn:${keyId}`, vaultContext)).toBe(false);
    expect(may('sentinel', 'secretsmanager:GetSecretValue', 'arn:aws:secretsmanager:x')).toBe(false);
  });

  it('reads the creation date of each schedule that it is told of, and of no other', () => {
    const [id] = resource(production, 'AWS::Scheduler::Schedule', /SourceappBackupSchedule/);
    const [drillId] = resource(production, 'AWS::Scheduler::Schedule', /SourcebillingDrillSchedule/);
    expect(may('sentinel', 'scheduler:GetSchedule', `arn:${id}`)).toBe(true);
    expect(may('sentinel', 'scheduler:GetSchedule', `arn:${drillId}`)).toBe(true);
    expect(may('sentinel', 'scheduler:GetSchedule', 'arn:SomebodyElses')).toBe(false);
  });
});

describe('the keeper', () => {
  const tags = (given: Record<string, string>) => ({
    's3:RequestObjectTagKeys': Object.keys(given),
    ...Object.fromEntries(
      Object.entries(given).map(([key, value]) => [`s3:RequestObjectTag/${key}`, value] as const),
    ),
  });
  const mark = tags({ 'lifeboat-expires': 'yes' });

  it('lists the vault, reads manifests and proofs, and asks what is marked and held', () => {
    expect(may('keeper', 's3:ListBucket', `arn:${vaultId}`, { 's3:prefix': '' })).toBe(true);
    for (const key of [manifest, proof.replace('/app/', '/billing/')])
      expect(may('keeper', 's3:GetObject', object(key))).toBe(true);
    for (const action of ['s3:GetObjectTagging', 's3:GetObjectLegalHold'])
      expect(may('keeper', action, object(chunk))).toBe(true);
  });

  it('sets one tag, with one value, and no other beside it', () => {
    for (const key of [chunk, manifest, proof]) {
      expect(may('keeper', 's3:PutObjectTagging', object(key), mark)).toBe(true);
      expect(may('keeper', 's3:PutObjectTagging', object(key), tags({ 'lifeboat-expires': 'no' }))).toBe(
        false,
      );
      expect(may('keeper', 's3:PutObjectTagging', object(key), tags({ owner: 'ada' }))).toBe(false);
      // No tags at all would lift what a run before has set.
      expect(may('keeper', 's3:PutObjectTagging', object(key), tags({}))).toBe(false);
      expect(
        may('keeper', 's3:PutObjectTagging', object(key), tags({ 'lifeboat-expires': 'yes', owner: 'ada' })),
      ).toBe(false);
    }
    expect(may('keeper', 's3:PutObjectTagging', object('attic/x'), mark)).toBe(false);
  });

  it('reads no row, writes nothing, deletes nothing, and lifts no mark', () => {
    expect(may('keeper', 's3:GetObject', object(chunk))).toBe(false);
    expect(may('keeper', 's3:PutObject', object(proof), ifAbsent)).toBe(false);
    for (const action of [
      's3:DeleteObject',
      's3:DeleteObjectVersion',
      's3:DeleteObjectTagging',
      's3:PutObjectVersionTagging',
      's3:PutObjectLegalHold',
      's3:PutLifecycleConfiguration',
      'kms:GenerateDataKey',
      'secretsmanager:GetSecretValue',
      'cloudwatch:PutMetricData',
    ]) {
      expect(may('keeper', action, object(manifest), mark), action).toBe(false);
    }
  });

  it('is the only one who may tag, whatever others are allowed', () => {
    for (const role of Object.keys(ROLES) as RoleName[])
      expect(may(role, 's3:PutObjectTagging', object(chunk), mark), role).toBe(role === 'keeper');
    const everything: Statement[] = [
      { Effect: 'Allow', Action: 's3:*', Resource: '*' },
      ...bucketStatements(production, vaultId),
    ];
    const tag = (action: string, who: string) =>
      isAllowed(everything, {
        action,
        resource: object(chunk),
        context: { ...safe, ...mark, 'aws:PrincipalArn': who },
      });
    for (const action of ['s3:PutObjectTagging', 's3:PutObjectVersionTagging']) {
      expect(tag(action, 'arn:aws:iam::111122223333:user/admin')).toBe(false);
      expect(tag(action, principalOf.get('backup') ?? '')).toBe(false);
      expect(tag(action, principalOf.get('breakGlass') ?? '')).toBe(true);
    }
  });
});

const vaultContext = { 'kms:EncryptionContext:aws:s3:arn': `arn:${vaultId}` };

describe('keys', () => {
  it.each([
    ['backup', ['kms:GenerateDataKey', 'kms:Decrypt']],
    ['drill', ['kms:GenerateDataKey', 'kms:Decrypt']],
    ['sentinel', ['kms:Decrypt']],
    ['keeper', ['kms:Decrypt']],
    ['restore', ['kms:Decrypt']],
  ] as const)('%s uses the vault’s key for objects of the vault: %s', (role, actions) => {
    const used = (statementsOf.get(role) ?? [])
      .filter(({ Resource }) => asList(Resource).includes(`arn:${keyId}`))
      .flatMap(({ Action }) => asList(Action));
    expect(used).toEqual(actions);
    for (const action of actions) {
      expect(may(role, action, `arn:${keyId}`, vaultContext)).toBe(true);
      // Without a bucket key S3 names the object.
      expect(may(role, action, `arn:${keyId}`, { 'kms:EncryptionContext:aws:s3:arn': object(chunk) })).toBe(
        true,
      );
      expect(may(role, action, `arn:${keyId}`)).toBe(false);
      expect(may(role, action, `arn:${keyId}`, { 'kms:EncryptionContext:aws:s3:arn': 'arn:Other' })).toBe(
        false,
      );
    }
  });
});

describe('metrics', () => {
  it.each([
    ['backup', 'Lifeboat/production/app'],
    ['drill', 'Lifeboat/production/app'],
    ['sentinel', 'Lifeboat'],
  ] as const)('%s publishes in the namespace %s only', (role, own) => {
    const publish = (namespace: string) =>
      may(role, 'cloudwatch:PutMetricData', '*', { 'cloudwatch:namespace': namespace });
    for (const namespace of [
      'Lifeboat',
      'Lifeboat/production/app',
      'Lifeboat/production/billing',
      'AWS/Lambda',
    ]) {
      expect(publish(namespace), namespace).toBe(namespace === own);
    }
  });

  it('that turn an alarm green come from where no function of a source can publish', () => {
    const watched = resources(production, 'AWS::CloudWatch::Alarm').map(
      ([, { Properties }]) => Properties as { AlarmName: string; Namespace?: string },
    );
    expect(watched.length).toBeGreaterThan(20);
    for (const { AlarmName, Namespace } of watched) {
      expect(
        [
          'Lifeboat',
          'Lifeboat/Scrub',
          'Lifeboat/production/app/health',
          'AWS/Lambda',
          'AWS/SQS',
          'AWS/States',
        ],
        AlarmName,
      ).toContain(Namespace);
    }
  });
});

describe('people', () => {
  const [, role] = resource(production, 'AWS::IAM::Role', ROLES.restore);
  const [trust] = (role.Properties.AssumeRolePolicyDocument as { Statement: Statement[] }).Statement;

  it('restore through a role that asks for a second factor', () => {
    const assume = (context: Record<string, string>) =>
      isAllowed([{ ...(trust as Statement), Resource: '*' }], {
        action: 'sts:AssumeRole',
        resource: '*',
        context,
      });
    expect(resolve(trust?.Principal)).toEqual({ AWS: 'arn:aws:iam::111122223333:root' });
    expect(assume({ 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': '60' })).toBe(true);
    expect(assume({ 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': '7200' })).toBe(false);
    expect(assume({ 'aws:MultiFactorAuthPresent': 'false', 'aws:MultiFactorAuthAge': '60' })).toBe(false);
    expect(assume({})).toBe(false);
  });

  it('read everything there, older versions too, and write nothing', () => {
    for (const key of [chunk, manifest, proof]) {
      expect(may('restore', 's3:GetObject', object(key))).toBe(true);
      expect(may('restore', 's3:GetObjectVersion', object(key))).toBe(true);
      expect(may('restore', 's3:PutObject', object(key), ifAbsent)).toBe(false);
    }
    expect(may('restore', 's3:ListBucketVersions', `arn:${vaultId}`)).toBe(true);
    // For `lifeboat list`, which says when each backup expires.
    for (const action of ['s3:GetLifecycleConfiguration', 's3:GetBucketTagging'])
      expect(may('restore', action, `arn:${vaultId}`)).toBe(true);
    for (const action of ['s3:GetObjectTagging', 's3:GetObjectLegalHold'])
      expect(may('restore', action, object(manifest))).toBe(true);
  });

  it('hold backups, and lift a hold, without reading a row or deleting anything', () => {
    for (const target of [chunk, manifest, proof]) {
      expect(may('hold', 's3:PutObjectLegalHold', object(target), { 'aws:PrincipalArn': holdRole })).toBe(
        true,
      );
      expect(may('hold', 's3:DeleteObjectTagging', object(target))).toBe(true);
      expect(may('hold', 's3:PutObjectTagging', object(target))).toBe(false);
      expect(may('hold', 's3:PutObject', object(target), ifAbsent)).toBe(false);
      expect(may('hold', 's3:DeleteObjectVersion', object(target))).toBe(false);
    }
    expect(may('hold', 's3:GetObject', object(chunk))).toBe(false);
    expect(may('hold', 's3:GetObject', object(manifest))).toBe(true);
    // The reason of a hold is an object of its own.
    expect(may('hold', 's3:PutObject', object('holds/daily/app/20261120T020000Z/x.json'), ifAbsent)).toBe(
      true,
    );
    expect(may('restore', 's3:PutObjectLegalHold', object(chunk))).toBe(false);
  });

  it('can be named', () => {
    const named = templateOf('development', { restorers: ['arn:aws:iam::123456789012:user/ada'] });
    const [, restore] = resource(named, 'AWS::IAM::Role', ROLES.restore);
    expect(restore.Properties.AssumeRolePolicyDocument).toMatchObject({
      Statement: [{ Principal: { AWS: 'arn:aws:iam::123456789012:user/ada' }, Condition: { Bool: {} } }],
    });
  });
});

describe('schedules', () => {
  it('invoke the functions of their own source, or those that look at the vault, and nothing else', () => {
    const schedules = resources(production, 'AWS::Scheduler::Schedule');
    expect(schedules).toHaveLength(8);
    // The keeper looks at the vault, as the sentinel does, and they share a role.
    const ownerOf = (id: string) =>
      /Sourceapp|Sourcebilling|Sentinel/.exec(id.replace('Keeper', 'Sentinel'))?.[0];
    for (const [id, schedule] of schedules) {
      if (/^(Scrub|Health)/.test(id)) continue;
      const target = resolve(schedule.Properties.Target) as Record<string, string>;
      const roleId = target.RoleArn?.replace('arn:', '') ?? '';
      const statements = roleStatements(production, new RegExp(`^${roleId}$`));
      expect(
        statements.flatMap(({ Action }) => asList(Action)),
        id,
      ).toEqual(['lambda:InvokeFunction', 'sqs:SendMessage']);
      const reached = statements.flatMap(({ Resource }) => asList(Resource));
      expect(reached, id).toContain(target.Arn);
      expect(reached, id).toContain(
        (resolve(schedule.Properties.Target) as { DeadLetterConfig: { Arn: string } }).DeadLetterConfig.Arn,
      );
      expect([...new Set(reached.map(ownerOf))], id).toEqual([ownerOf(id)]);
      const [, schedulerRole] = resource(production, 'AWS::IAM::Role', new RegExp(`^${roleId}$`));
      expect(resolve(schedulerRole.Properties.AssumeRolePolicyDocument), id).toMatchObject({
        Statement: [
          {
            Principal: { Service: 'scheduler.amazonaws.com' },
            Condition: {
              StringEquals: {
                'aws:SourceAccount': '111122223333',
                'aws:SourceArn': 'arn:aws:scheduler:eu-central-1:111122223333:schedule-group/default',
              },
            },
          },
        ],
      });
    }
  });
});
