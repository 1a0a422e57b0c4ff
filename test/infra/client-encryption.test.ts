import { generateIdentity, identityToRecipient } from 'age-encryption';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { resolve } from './support/intrinsics.ts';
import { isAllowed, roleStatements } from './support/policy.ts';
import { resource, stackOf, templateOf } from './support/synthesized.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf';
const IDENTITY = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:age-AbCdEf';
const KEY = 'arn:aws:kms:eu-central-1:123456789012:key/0123';
const recipient = await identityToRecipient(await generateIdentity());
const stack = stackOf({
  sources: [
    {
      name: 'app',
      secretArn: SECRET,
      ageRecipients: [recipient],
      ageIdentitySecretArn: IDENTITY,
      ageIdentitySecretKeyArn: KEY,
    },
    { name: 'plain', secretArn: SECRET.replace('app', 'plain') },
    {
      name: 'elsewhere',
      secretArn: SECRET.replace('app', 'else'),
      ageRecipients: [recipient],
      drill: 'elsewhere',
    },
  ],
  notifications: { emails: ['ada@example.com'] },
});
const template = Template.fromStack(stack);

function variables(pattern: RegExp): Record<string, string> {
  const [, found] = resource(template, 'AWS::Lambda::Function', pattern);
  return (resolve(found.Properties.Environment) as { Variables: Record<string, string> }).Variables;
}
const may = (role: RegExp, action: string, target: string, secretArn = '') =>
  isAllowed(roleStatements(template, role), {
    action,
    resource: target,
    context: { 'kms:EncryptionContext:SecretARN': secretArn },
  });
const BACKUP = /SourceappBackupRole/;
const DRILL = /SourceappRestoreDrillRole/;

it('the backup function knows public keys, and the drill function where the identity is', () => {
  expect(JSON.parse(variables(/SourceappBackupFunction/).LIFEBOAT_AGE_RECIPIENTS ?? '')).toEqual([recipient]);
  expect(variables(/SourceappBackupFunction/)).not.toHaveProperty('LIFEBOAT_AGE_IDENTITY_SECRET_ARN');
  expect(variables(/SourceappRestoreDrillFunction/)).toMatchObject({
    LIFEBOAT_AGE_IDENTITY_SECRET_ARN: IDENTITY,
  });
  expect(variables(/SourceappRestoreDrillFunction/)).not.toHaveProperty('LIFEBOAT_AGE_RECIPIENTS');
  expect(variables(/SourceelsewhereBackupFunction/)).toHaveProperty('LIFEBOAT_AGE_RECIPIENTS');
});

it('is off by default', () => {
  const text = JSON.stringify(templateOf('production').toJSON());
  expect(text).not.toContain('LIFEBOAT_AGE');
  expect(variables(/SourceplainBackupFunction/)).not.toHaveProperty('LIFEBOAT_AGE_RECIPIENTS');
});

it('the drill function alone may read the identity, and with its key only this secret', () => {
  expect(may(DRILL, 'secretsmanager:GetSecretValue', IDENTITY)).toBe(true);
  expect(may(DRILL, 'secretsmanager:GetSecretValue', SECRET)).toBe(false);
  expect(may(DRILL, 'kms:Decrypt', KEY, IDENTITY)).toBe(true);
  expect(may(DRILL, 'kms:Decrypt', KEY, SECRET)).toBe(false);
  for (const role of [
    BACKUP,
    /SourceplainRestoreDrillRole/,
    /SourceelsewhereBackupRole/,
    /SentinelRole|SentinelSentinelRole/,
    /RestoreRole/,
  ]) {
    expect(may(role, 'secretsmanager:GetSecretValue', IDENTITY), String(role)).toBe(false);
    expect(may(role, 'kms:Decrypt', KEY, IDENTITY), String(role)).toBe(false);
  }
});

it('the deployment says that who loses the key loses the backups', () => {
  const annotations = Annotations.fromStack(stack);
  for (const name of ['app', 'elsewhere']) {
    const words = `backups of ${name} are encrypted with age: without the secret key of its recipient nobody can read them.*Keep a copy outside this account`;
    expect(annotations.findWarning('*', Match.stringLikeRegexp(words)), name).toHaveLength(1);
  }
  expect(annotations.findWarning('*', Match.stringLikeRegexp('backups of plain are encrypted'))).toHaveLength(
    0,
  );
});
