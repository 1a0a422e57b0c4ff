import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PAYLOAD_TYPE, preAuthenticationEncoding } from '../../../../lib/engine/attest/envelope.ts';
import { readPublicKey } from '../../../../lib/engine/attest/public-keys.ts';
import { signerOf } from '../../../../lib/engine/attest/signing-key.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-attest-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const openssl = (...argv: string[]) => execFileSync('openssl', argv, { cwd: directory, encoding: 'utf8' });

describe('signatures and openssl', () => {
  it('encodes as the example of DSSE’s protocol does', () => {
    // secure-systems-lab/dsse, protocol.md, "Test Vectors".
    const encoded = preAuthenticationEncoding('http://example.com/HelloWorld', Buffer.from('hello world'));
    expect(encoded.toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
    expect(preAuthenticationEncoding('ä', Buffer.from('ü')).toString()).toBe('DSSEv1 2 ä 2 ü');
  });

  it('signs with a key that openssl made, and openssl verifies it', async () => {
    openssl('genpkey', '-algorithm', 'ed25519', '-out', 'key.pem');
    openssl('pkey', '-in', 'key.pem', '-pubout', '-out', 'key.pub');
    const message = preAuthenticationEncoding(PAYLOAD_TYPE, Buffer.from('{}'));
    const pem = execFileSync('cat', [join(directory, 'key.pem')], { encoding: 'utf8' });
    writeFileSync(join(directory, 'message'), message);
    writeFileSync(join(directory, 'signature'), await signerOf(pem, 'key.pem').sign(message, {}));
    const verify = ['pkeyutl', '-verify', '-pubin', '-inkey', 'key.pub', '-rawin', '-sigfile', 'signature'];
    expect(openssl(...verify, '-in', 'message')).toContain('Signature Verified Successfully');
    writeFileSync(join(directory, 'message'), Buffer.concat([message, Buffer.from(' ')]));
    expect(() => openssl(...verify, '-in', 'message')).toThrow();
  });

  it('signs with ECDSA on P-256 as KMS does, and openssl dgst verifies it', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const message = preAuthenticationEncoding(PAYLOAD_TYPE, Buffer.from('{"a":1}'));
    const signer = signerOf(privateKey.export({ type: 'sec1', format: 'pem' }).toString(), 'ec.pem');
    writeFileSync(join(directory, 'ec.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
    writeFileSync(join(directory, 'message'), message);
    writeFileSync(join(directory, 'signature'), await signer.sign(message, {}));
    expect(openssl('dgst', '-sha256', '-verify', 'ec.pub', '-signature', 'signature', 'message')).toContain(
      'Verified OK',
    );
  });

  it('refuses keys of other kinds, and a private key where a public one belongs, and repeats none of them', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' });
    for (const { privateKey, publicKey } of [rsa, p384]) {
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      expect(() => signerOf(pem, 'k')).toThrow(/of a kind that Lifeboat does not sign with/);
      expect(() => readPublicKey(publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'k')).toThrow(
        /of a kind/,
      );
      expect(() => readPublicKey(pem, 'k')).toThrow(/holds a private key/);
      let said = '';
      try {
        signerOf(pem.replace('\n', '\nX'), 'k');
      } catch (error) {
        said = String(error);
      }
      expect(said).toContain('is no private key');
      expect(said).not.toContain(pem.slice(40, 80));
    }
    expect(() => signerOf('', 'k')).toThrow(/is no private key/);
    expect(() => readPublicKey('', 'k')).toThrow(/is no public key/);
  });
});
