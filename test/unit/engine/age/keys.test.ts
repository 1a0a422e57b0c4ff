import { inspect } from 'node:util';
import * as age from 'age-encryption';
import { beforeAll, describe, expect, it } from 'vitest';
import { Identities } from '../../../../lib/engine/age/identities.ts';
import { checkRecipients, recipientsInText } from '../../../../lib/engine/age/recipients.ts';

let identity: string;
let hybrid: string;
let recipient: string;
let hybridRecipient: string;
beforeAll(async () => {
  identity = await age.generateX25519Identity();
  hybrid = await age.generateHybridIdentity();
  recipient = await age.identityToRecipient(identity);
  hybridRecipient = await age.identityToRecipient(hybrid);
});

describe('recipients', () => {
  it('are public keys, each once', async () => {
    const other = await age.identityToRecipient(await age.generateX25519Identity());
    const text = `# ours\r\n\n  ${recipient}  \n# theirs\n${other}\n`;
    expect(await checkRecipients([...recipientsInText(text), recipient])).toEqual([recipient, other]);
    expect(await checkRecipients([hybridRecipient])).toEqual([hybridRecipient]);
  });

  it('are of one kind: the weaker key would open all', async () => {
    await expect(checkRecipients([hybridRecipient, recipient])).rejects.toMatchObject({
      code: 'age-recipient-invalid',
      what: expect.stringContaining('mix age1pq1'),
    });
  });

  it.each<[string, () => string[], RegExp]>([
    ['none', () => [], /No recipient/],
    [
      'a mistyped key',
      () => [`${recipient.slice(0, -1)}${recipient.endsWith('q') ? 'p' : 'q'}`],
      /is not a public key of age/,
    ],
    ['a shortened key', () => [recipient.slice(0, 40)], /is not a public key of age/],
    ['an SSH key', () => ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5'], /it is an SSH key/],
    [
      "a plugin's key",
      () => ['age1yubikey1q2w7u3vpya839jxxuq8g0sedh3d740d4xvn639sqhr95ejj8vu3hyfumptt'],
      /is not a public key|for a plugin/,
    ],
    ['a key in hardware', () => ['age1tag1qtqvfyjdr0xpz'], /for a plugin/],
    ['a path', () => ['/root/recipients.txt'], /does not start with age1/],
    ['too many', () => Array.from({ length: 21 }, (_, n) => `age1${n}`), /21 recipients were given/],
  ])('cannot be %s', async (_, given, what) => {
    await expect(checkRecipients(given())).rejects.toMatchObject({
      code: 'age-recipient-invalid',
      what: expect.stringMatching(what),
      remedy: expect.stringContaining('age'),
    });
  });

  it('that are a secret key are refused, and not repeated', async () => {
    for (const secret of [identity, hybrid, identity.toLowerCase()]) {
      const failure = await checkRecipients([secret]).catch((error: Error) => error);
      expect(failure).toMatchObject({ code: 'age-recipient-invalid', what: 'A recipient is a secret key.' });
      expect(String(failure)).not.toContain(secret.slice(20, 40));
    }
  });
});

describe('an identity file', () => {
  it('holds comments and several keys, as age-keygen writes them', async () => {
    const text = `# created: 2026-11-20T02:00:00Z\n# public key: ${recipient}\n${identity}\r\n\n${hybrid}\n`;
    const identities = await Identities.read(text, 'key.txt');
    expect(await identities.recipients()).toEqual([recipient, hybridRecipient]);
  });

  it('never shows its keys', async () => {
    const identities = await Identities.read(`${identity}\n${hybrid}\n`, 'key.txt');
    const shown = [
      inspect({ identities }, { depth: 9 }),
      JSON.stringify({ identities }),
      `${identities}`,
    ].join('\n');
    expect(shown).toContain('2 age identities');
    for (const secret of [identity, hybrid]) expect(shown).not.toContain(secret.slice(16, 30));
  });

  it.each<[string, () => string, RegExp]>([
    ['empty', () => '# nothing\n\n', /holds no secret key/],
    ['of public keys', () => recipient, /is a public key; the secret key starts with/],
    [
      'with a mistyped key',
      () => `${identity.slice(0, -1)}${identity.endsWith('Q') ? 'P' : 'Q'}`,
      /its checksum does not fit/,
    ],
    ['with a key cut off', () => identity.slice(0, 50), /its checksum does not fit/],
    ["with a plugin's key", () => 'AGE-PLUGIN-YUBIKEY-1QXYZ', /for a plugin of age/],
    ['of an SSH key', () => '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n', /an SSH or TLS key/],
    ['of something else', () => `${identity}\nsecret-words`, /secret 2 does not start with/],
  ])('%s is refused, and not repeated', async (_, text, what) => {
    const failure = await Identities.read(text(), 'key.txt').catch((error: Error) => error);
    expect(failure).toMatchObject({ code: 'identity-invalid', what: expect.stringMatching(what) });
    expect(String(failure)).not.toMatch(/secret-words|b3Blbn|QXYZ/);
    expect(String(failure)).not.toContain(identity.slice(20, 40));
  });

  it.each(['binary', 'armored'])(
    'that is encrypted with a passphrase (%s) says how to decrypt it',
    async (form) => {
      const encrypter = new age.Encrypter();
      encrypter.setScryptWorkFactor(10);
      encrypter.setPassphrase('a passphrase');
      const file = await encrypter.encrypt(`${identity}\n`);
      const text = form === 'armored' ? age.armor.encode(file) : Buffer.from(file).toString('utf8');
      await expect(Identities.read(text, 'key.age')).rejects.toMatchObject({
        code: 'identity-invalid',
        what: expect.stringContaining('is itself encrypted, with a passphrase'),
        remedy: expect.stringContaining('age -d key.age > key.txt'),
      });
    },
  );
});
