import { createHash, generateKeyPairSync } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { manifestKey, proofKey } from '../../../../lib/engine/archive/keys.ts';
import { formatManifest } from '../../../../lib/engine/archive/manifest.ts';
import { formatSealedJson, readSealedJson } from '../../../../lib/engine/archive/sealed-json.ts';
import { readPublicKey } from '../../../../lib/engine/attest/public-keys.ts';
import { newSigningKey, signerOf } from '../../../../lib/engine/attest/signing-key.ts';
import { verifyEvidence } from '../../../../lib/engine/evidence/verify-evidence.ts';
import { FIXTURE_PLACE } from '../../../support/archive-fixture.ts';
import { writeDrilledBackup } from '../../../support/drilled-vault.ts';
import { MemoryStore } from '../../../support/memory-store.ts';
import { proofOf } from '../../../support/proof-of.ts';

const pair = newSigningKey();
const signer = signerOf(pair.privatePem, 'key.pem');
const key = readPublicKey(pair.publicPem, 'key.pem.pub');
const OTHER = { ...FIXTURE_PLACE, backupId: '20261121T020000Z' };

let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore();
});

const recordOf = (id: string) =>
  [...store.objects.keys()].find((one) => one.startsWith('evidence/drills/') && one.includes(id)) ?? '';
const fieldsOf = (name: string) => {
  const read = readSealedJson(store.objects.get(name) ?? Buffer.of());
  return (read.intact ? read.value : {}) as { payload: string; payloadType: string; signatures: unknown[] };
};
const verified = async (keys = [key], place = FIXTURE_PLACE) => {
  const [found] = await verifyEvidence(store, [place], keys, {});
  return { verdict: found?.verdict, problems: found?.records.flatMap(({ problems }) => problems) };
};

describe('evidence verify', () => {
  it('finds a signed drill, and names the key', async () => {
    await writeDrilledBackup(store, { signer });
    const [found] = await verifyEvidence(store, [FIXTURE_PLACE], [key], {});
    expect(found).toMatchObject({ verdict: 'signed', hasProof: true, keyIds: [pair.keyId] });
    expect(found?.records[0]).toMatchObject({ verdict: 'signed', drill: 'proven', problems: [] });
  });

  it('finds one that was signed with ECDSA on P-256, as KMS signs', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    await writeDrilledBackup(store, { signer: signerOf(pem, 'ec.pem') });
    const spki = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    expect(await verified([key, readPublicKey(spki, 'ec.pub')])).toEqual({ verdict: 'signed', problems: [] });
  });

  it('does not pass off a signed record of a drill that failed as good', async () => {
    await writeDrilledBackup(store, { signer, report: { verdict: 'failed' } });
    const [found] = await verifyEvidence(store, [FIXTURE_PLACE], [key], {});
    expect(found).toMatchObject({ verdict: 'drill-failed', hasProof: false, keyIds: [pair.keyId] });
  });

  it('calls a backup of before unsigned, and one without any record too', async () => {
    await writeDrilledBackup(store);
    expect(await verified()).toEqual({ verdict: 'unsigned', problems: [] });
    store.objects.delete(recordOf('20261120'));
    expect(await verified()).toEqual({ verdict: 'unsigned', problems: [] });
  });

  it('notices a manifest that was edited together with its proof, each with a right checksum', async () => {
    const manifest = await writeDrilledBackup(store, { signer });
    const edited = { ...manifest, totals: { ...manifest.totals, rows: 1 } };
    store.objects.set(manifestKey(FIXTURE_PLACE), formatManifest(edited));
    store.objects.set(proofKey(FIXTURE_PLACE), formatSealedJson(proofOf(edited)));
    const { verdict, problems } = await verified();
    expect(verdict).toBe('altered');
    expect(problems).toEqual([
      expect.stringContaining('another manifest'),
      expect.stringContaining('another proof'),
    ]);
  });

  it('notices a proof that was edited, and one that is gone', async () => {
    const manifest = await writeDrilledBackup(store, { signer });
    store.objects.set(proofKey(FIXTURE_PLACE), formatSealedJson({ ...proofOf(manifest), recoveryTimeMs: 1 }));
    expect(await verified()).toEqual({
      verdict: 'altered',
      problems: [expect.stringContaining('another proof')],
    });
    store.objects.delete(proofKey(FIXTURE_PLACE));
    expect(await verified()).toEqual({ verdict: 'altered', problems: ['names a proof that is gone'] });
  });

  it('does not take the signature of another backup', async () => {
    await writeDrilledBackup(store, { signer });
    await writeDrilledBackup(store, { place: OTHER });
    const replayed = recordOf('20261120T020000Z.json');
    store.objects.set(
      replayed.replace('20261120T020000Z.json', '20261121T020000Z.json'),
      store.objects.get(replayed) ?? Buffer.of(),
    );
    const { verdict, problems } = await verified([key], OTHER);
    expect(verdict).toBe('altered');
    expect(problems).toEqual([
      expect.stringContaining('is about another backup, daily/shop/20261120T020000Z'),
    ]);
  });

  it('does not take an old record for a newer one', async () => {
    await writeDrilledBackup(store, { signer });
    const old = recordOf('20261120T020000Z.json');
    const newer = old.replace(/\/2026\d{4}T/, '/20270101T');
    store.objects.set(newer, store.objects.get(old) ?? Buffer.of());
    const { verdict, problems } = await verified();
    expect(verdict).toBe('altered');
    expect(problems).toEqual(['lies under the time of another record']);
  });

  it('notices a record that was changed after it was signed', async () => {
    await writeDrilledBackup(store, { signer, report: { verdict: 'failed' } });
    const name = recordOf('20261120T020000Z.json');
    const fields = fieldsOf(name);
    const payload = Buffer.from(fields.payload, 'base64')
      .toString()
      .replace('"verdict":"failed"', '"verdict":"proven"');
    store.objects.set(
      name,
      formatSealedJson({ ...fields, payload: Buffer.from(payload).toString('base64') }),
    );
    expect(await verified()).toEqual({
      verdict: 'altered',
      problems: [`was changed after it was signed by the key ${pair.keyId.slice(0, 16)}`],
    });
  });

  it('tells a key that does not count, and a signature that was taken away', async () => {
    await writeDrilledBackup(store, { signer });
    const other = readPublicKey(newSigningKey().publicPem, 'other.pub');
    expect(await verified([other])).toEqual({
      verdict: 'other-key',
      problems: ['was not signed by any of these keys'],
    });
    const name = recordOf('20261120T020000Z.json');
    store.objects.set(name, formatSealedJson({ ...fieldsOf(name), signatures: [] }));
    expect(await verified()).toEqual({ verdict: 'unsigned', problems: [] });
  });

  it('refuses another payload type, though the same key signed it', async () => {
    await writeDrilledBackup(store, { signer });
    const name = recordOf('20261120T020000Z.json');
    store.objects.set(name, formatSealedJson({ ...fieldsOf(name), payloadType: 'text/plain' }));
    expect(await verified()).toEqual({
      verdict: 'altered',
      problems: ['has the payload type "text/plain"'],
    });
  });

  it('reads no record that is larger than any of its own, and survives garbage', async () => {
    await writeDrilledBackup(store, { signer });
    const name = recordOf('20261120T020000Z.json');
    store.objects.set(name, Buffer.alloc(1024 * 1024 + 1));
    expect(await verified()).toEqual({
      verdict: 'altered',
      problems: ['is larger than any record of Lifeboat'],
    });
    expect(store.requests).not.toContain(`get ${name}`);
    for (const garbage of [
      '',
      '{}',
      '[]',
      '{"payload": 7}',
      'null',
      '{"payload":"!","payloadType":"","signatures":[]}',
    ]) {
      store.objects.set(name, Buffer.from(garbage));
      expect(await verified()).toEqual({ verdict: 'altered', problems: ['is not a DSSE envelope'] });
    }
  });

  it('does not let a later drill, which kept no proof, vouch for a proof', async () => {
    const manifest = await writeDrilledBackup(store);
    const { keepReport } = await import('../../../../lib/engine/proof/keep-report.ts');
    await keepReport({ store, place: FIXTURE_PLACE, signer }, proofOf(manifest), manifest);
    expect(await verified()).toMatchObject({ verdict: 'unsigned' });
  });

  it('names a proof by the hash of its bytes', async () => {
    await writeDrilledBackup(store, { signer });
    const { subject } = JSON.parse(
      Buffer.from(fieldsOf(recordOf('20261120T020000Z.json')).payload, 'base64').toString(),
    );
    const sum = (name: string) =>
      createHash('sha256')
        .update(store.objects.get(name) ?? '')
        .digest('hex');
    expect(subject).toEqual(
      [manifestKey(FIXTURE_PLACE), proofKey(FIXTURE_PLACE)].map((name) => ({
        name,
        digest: { sha256: sum(name) },
      })),
    );
  });
});
