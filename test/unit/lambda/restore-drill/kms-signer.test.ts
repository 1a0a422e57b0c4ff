import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { kmsSigner } from '../../../../lambda/restore-drill/kms-signer.ts';
import { DRILL_UNSIGNED, RecordWatch } from '../../../../lambda/restore-drill/unsigned.ts';
import { proofKey } from '../../../../lib/engine/archive/keys.ts';
import { readPublicKey } from '../../../../lib/engine/attest/public-keys.ts';
import { verifyEvidence } from '../../../../lib/engine/evidence/verify-evidence.ts';
import { FIXTURE_PLACE } from '../../../support/archive-fixture.ts';
import { writeDrilledBackup } from '../../../support/drilled-vault.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

const ARN = 'arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555';
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const key = readPublicKey(publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'kms.pub');

let server: Server;
let refuses = false;
const asked: Record<string, unknown>[] = [];
const was = { ...process.env };

/** KMS's Sign with a digest (AWS KMS API Reference, "Sign"). Node signs no digest of its own, so the message is found by its hash. */
const messages = new Map<string, Buffer>();
beforeEach(async () => {
  refuses = false;
  asked.length = 0;
  server = createServer(async (request, response) => {
    const body = (await json(request)) as { Message: string };
    asked.push({ operation: request.headers['x-amz-target'], ...body });
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    if (refuses) {
      response.statusCode = 400;
      response.end(JSON.stringify({ __type: 'DisabledException', message: `${ARN} is disabled.` }));
      return;
    }
    const message = messages.get(body.Message) ?? Buffer.of();
    response.end(
      JSON.stringify({ KeyId: ARN, Signature: sign('sha256', message, privateKey).toString('base64') }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_KMS: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...{ AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' },
  });
});
afterEach(async () => {
  for (const name of ['AWS_ENDPOINT_URL_KMS', 'AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) {
    if (was[name] === undefined) delete process.env[name];
    else process.env[name] = was[name];
  }
  await new Promise((resolve) => server.close(resolve));
});

/** The signer, which lets the server know the message that only its hash is sent of. */
function signer() {
  const real = kmsSigner(ARN);
  if (!real) throw new Error('there is a key');
  return {
    keyId: real.keyId,
    sign: async (message: Buffer, options: object) => {
      messages.set(createHash('sha256').update(message).digest('base64'), message);
      return await real.sign(message, options);
    },
  };
}

it('asks KMS for a signature of the hash, which verifies as any other', async () => {
  const store = new MemoryStore();
  await writeDrilledBackup(store, { signer: signer() });
  expect(asked).toMatchObject([
    {
      ...{ operation: 'TrentService.Sign', KeyId: ARN },
      ...{ MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' },
    },
  ]);
  expect(await verifyEvidence(store, [FIXTURE_PLACE], [key], {})).toMatchObject([{ verdict: 'signed' }]);
});

it('keeps the proof and the record if KMS refuses, and says so afterwards', async () => {
  refuses = true;
  const store = new MemoryStore();
  const watch = new RecordWatch();
  await writeDrilledBackup(store, { signer: signer(), onRecord: watch.onRecord });
  expect(store.objects.has(proofKey(FIXTURE_PLACE))).toBe(true);
  expect(await verifyEvidence(store, [FIXTURE_PLACE], [key], {})).toMatchObject([{ verdict: 'unsigned' }]);
  expect(() => watch.check('The drill of shop')).toThrow(expect.objectContaining({ code: DRILL_UNSIGNED }));
  expect(() => watch.check('The drill of shop')).toThrow(/The backup is proven/);
});

it('says nothing without a key', async () => {
  const watch = new RecordWatch();
  await writeDrilledBackup(new MemoryStore(), { signer: kmsSigner(undefined), onRecord: watch.onRecord });
  expect(() => watch.check('The drill of shop')).not.toThrow();
});
