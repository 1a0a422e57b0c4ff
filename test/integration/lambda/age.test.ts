import { generateIdentity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readObject } from '../../../lib/engine/storage/object-store.ts';
import { sandboxMissing } from '../../support/lambda/sandbox.ts';
import { startWorld, type World } from './world.ts';

const IDENTITY_ARN = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:age-AbCdEf';

let world: World;
let identity: string;
let recipient: string;
let other: string;
beforeAll(async () => {
  identity = await generateIdentity();
  other = await generateIdentity();
  recipient = await identityToRecipient(identity);
  world = await startWorld(
    sandboxMissing() === undefined,
    {},
    { ageRecipients: [recipient], ageIdentitySecretArn: IDENTITY_ARN, drillChecks: [] },
  );
  await world.postgres.run(
    `CREATE TABLE customers (id integer PRIMARY KEY); INSERT INTO customers SELECT generate_series(1, 1000)`,
  );
  world.aws.secrets.set(world.stack.secretArn, world.postgres.url('postgres'));
});
afterAll(() => world?.close());

it('the backup function encrypts to the recipients, and may not read the identity', async () => {
  const answer = await world.call<{ backup: string }>('backup', {
    slot: new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString(),
    schedule: 'rate(1 hours)',
    timeZone: 'UTC',
  });
  const store = world.openVault();
  const manifest = JSON.parse((await readObject(store, `${answer.backup}/manifest.json`)).toString());
  await store.close();
  expect(manifest.encryption).toEqual({ format: 'age-encryption.org/v1', recipients: [recipient] });
  expect(manifest.tables[0].chunks[0].key).toMatch(/\.copy\.zst\.age$/);
  const { backup, 'restore-drill': drill } = world.stack.functions;
  expect(JSON.stringify(backup.statements)).not.toContain(IDENTITY_ARN);
  expect(JSON.stringify(drill.statements)).toContain(IDENTITY_ARN);
  expect(JSON.stringify(drill.statements)).not.toContain(world.stack.secretArn);
});

it('a drill without the right identity proves nothing, in words that do not repeat it', async () => {
  expect(await world.callFailing('restore-drill', { backup: 'latest' })).toContain(
    'with the age identity cannot be read',
  );
  world.aws.secrets.set(IDENTITY_ARN, other);
  const wrong = await world.callFailing('restore-drill', { backup: 'latest' });
  expect(wrong).toContain(`is encrypted to ${recipient}; the given age identity is that of`);
  const log = world.process('restore-drill')?.log() ?? '';
  expect(`${wrong}${log}`).not.toContain(other.slice(16, 40));
});

it('a drill reads the secret anew, once, when the identity was changed, and proves the backup', async () => {
  world.aws.secrets.set(IDENTITY_ARN, `# created by age-keygen\n${identity}\n`);
  const answer = await world.call('restore-drill', { backup: 'latest' });
  expect(answer).toMatchObject({ verdict: 'proven' });
  expect(world.process('restore-drill')?.log()).toContain('trying again with the new one');
});
