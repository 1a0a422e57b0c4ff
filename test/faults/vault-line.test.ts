import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drill } from '../../lib/engine/drill/drill.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';
import { openS3Store } from '../../lib/engine/storage/s3.ts';
import { verifyBackup } from '../../lib/engine/verify/verify.ts';
import { type PostgresServer, startPostgres } from '../support/postgres-server.ts';
import type { Fault, RequestInfo } from '../support/s3-server/fault.ts';
import type { Operation } from '../support/s3-server/request.ts';
import { type S3Server, startS3Server } from '../support/s3-server/server.ts';
import { Tally } from '../support/tally.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { takeBackup } from '../support/vaults.ts';
import { attempt, expectNextRunFine, expectSourceLeftAlone } from './aftermath.ts';

/** The line between the vault and us, and a vault that answers badly, under backup, verify and drill. */
let server: PostgresServer;
let s3: S3Server;
let proxy: TcpProxy;
/** What a user has, through the line; and one beside it, that sees what is really there. */
let store: ObjectStore;
let truth: ObjectStore;
/** Through the line as well, and willing to wait where it is slow. */
let patient: ObjectStore;
let sealed: Awaited<ReturnType<typeof takeBackup>>;
let bytesOf: Record<'backup' | 'verify', number>;
const tally = new Tally();
/** Three tries of one request, each silent for a second, on the way down and for the uploads' abort as well. */
const STATED_MS = 45_000;

beforeAll(async () => {
  [server, s3] = await Promise.all([startPostgres({ major: 18 }), startS3Server({ writeOnce: true })]);
  proxy = await startTcpProxy({ port: Number(new URL(s3.endpoint).port) });
  const { region, credentials, bucket } = s3;
  const open = (port: number, idleTimeoutMs: number) =>
    openS3Store({
      ...{ bucket, region, credentials, idleTimeoutMs, prefix: 'team', maxAttempts: 3 },
      endpoint: `http://127.0.0.1:${port}`,
    });
  store = open(proxy.port, 1000);
  patient = open(proxy.port, 30_000);
  // It has to succeed where one answer is lost, and on a busy machine each may take a second.
  truth = open(Number(new URL(s3.endpoint).port), 5000);
  // Random text does not compress, so that the chunk goes up in parts.
  await server.run(
    `CREATE TABLE noise AS SELECT g AS id, encode(sha512(g::text::bytea) || sha512((-g)::text::bytea), 'base64') AS t
       FROM generate_series(1, 90000) g;
     CREATE TABLE small AS SELECT g AS id FROM generate_series(1, 10) g`,
  );
  // No fault yet: on a busy machine a request may well be silent for a second.
  proxy.set(undefined);
  sealed = await takeBackup(server.url(), { store: patient });
  const backup = proxy.bytes;
  proxy.set(undefined);
  await verifyBackup(patient, sealed.place);
  bytesOf = { backup, verify: proxy.bytes };
});
afterAll(async () => {
  await store?.close();
  await patient?.close();
  await truth?.close();
  await proxy?.stop();
  await server?.stop();
  await s3?.stop();
  console.log(`vault\n${tally.table(['fault', 'tried', 'survived'])}`);
});

async function backupSurvives(name: string, through: ObjectStore, heal: () => void): Promise<boolean> {
  const { sealed, error, durationMs } = await attempt(server.url(), through, { store: truth, heal });
  if (!sealed) expect(error, name).toMatchObject({ kind: 'vault' });
  expect(durationMs, name).toBeLessThan(STATED_MS);
  await expectSourceLeftAlone(server);
  tally.add(name, true);
  return sealed;
}

/** `intact`, `unreadable`, or the error's code: never `damaged` for what only the line did. */
async function verified(through: ObjectStore): Promise<string> {
  return await verifyBackup(through, sealed.place).then(
    ({ verdict }) => verdict,
    (error: unknown) => {
      if (error instanceof LifeboatError && error.kind === 'vault') return error.code;
      throw error;
    },
  );
}

describe.each(['cut', 'reset', 'stall'] as const)('a line to the vault that is %s', (fault) => {
  it.each([0.0001, 0.3, 0.97])('after %d of the bytes of a backup', async (stage) => {
    proxy.set({ fault, afterBytes: Math.ceil(bytesOf.backup * stage) });
    await backupSurvives(`vault line: ${fault}, backup`, store, proxy.heal);
  });

  it.each([0.0001, 0.5])('after %d of the bytes of a verification', async (stage) => {
    proxy.set({ fault, afterBytes: Math.ceil(bytesOf.verify * stage) });
    const said = await verified(store);
    proxy.heal();
    if (fault !== 'stall') expect(said).toBe('intact');
    expect(said).not.toBe('damaged');
    tally.add(`vault line: ${fault}, verify`, true);
  });

  it('in the middle of a drill, which is proven or has an error', async () => {
    proxy.set({ fault, afterBytes: Math.ceil(bytesOf.verify * 0.5) });
    const outcome = await drill({ store, place: sealed.place }).then(
      ({ verdict }) => verdict,
      (error: unknown) => error,
    );
    proxy.heal();
    if (outcome !== 'proven') expect(outcome).toMatchObject({ kind: 'vault' });
    tally.add(`vault line: ${fault}, drill`, true);
  });
});

it('a slow line to the vault is no fault', async () => {
  proxy.slowDown(2);
  expect(await backupSurvives('vault line: slow, backup', patient, proxy.heal)).toBe(true);
});

const internal: Fault = { status: 500, code: 'InternalError' };
const slowDown: Fault = { status: 503, code: 'SlowDown' };
const denied: Fault = { status: 403, code: 'AccessDenied' };
const errorInBody: Fault = { status: 200, code: 'InternalError' };

/** For requests of one operation, those of `matching` keys: the faults one after the other; the last stays if `forEver`. */
function faults(operation: Operation, list: readonly Fault[], forEver = false, matching = '') {
  const left = [...list];
  return ({ operation: asked, key }: RequestInfo) => {
    if (asked !== operation || !(key ?? '').includes(matching)) return undefined;
    return forEver && left.length === 1 ? left[0] : left.shift();
  };
}

describe('a vault that answers badly', () => {
  it.each([
    ['500 twice, at the start of an upload', true, faults('CreateMultipartUpload', [internal, internal])],
    ['500 twice, in a part', true, faults('UploadPart', ['pass', internal, internal])],
    ['500 for ever, in a part', false, faults('UploadPart', ['pass', internal], true)],
    ['503 SlowDown twice, in a part', true, faults('UploadPart', [slowDown, slowDown])],
    ['503 SlowDown for ever, at the manifest', false, faults('PutObject', [slowDown], true, 'manifest.json')],
    ['403 in the middle of the parts', false, faults('UploadPart', ['pass', denied], true)],
    ['403 at a script', false, faults('PutObject', ['pass', denied], true)],
    ['403 at the manifest', false, faults('PutObject', [denied], true, 'manifest.json')],
    ['200 with an error in the body, once', true, faults('CompleteMultipartUpload', [errorInBody])],
    [
      '200 with an error in the body, for ever',
      false,
      faults('CompleteMultipartUpload', [errorInBody], true),
    ],
    ['the answer to Complete lost', true, faults('CompleteMultipartUpload', ['cut-after'])],
    ['the answer to the seal lost', true, faults('PutObject', ['cut-after'], false, 'manifest.json')],
    ['closed early, in a part', true, faults('UploadPart', [{ ...internal, early: true }])],
    ['closed early with 403, in a part', false, faults('UploadPart', [{ ...denied, early: true }], true)],
    ['a part never answered, once', true, faults('UploadPart', ['stall'])],
  ] as const)('backup: %s', async (name, survives, onRequest) => {
    // Where the line was dead, nobody could abort: those are the lifecycle rule's.
    const pendingBefore = s3.pendingUploads();
    s3.onRequest = onRequest;
    const heal = () => {
      s3.onRequest = undefined;
    };
    expect(await backupSurvives(`vault: ${name}`, truth, heal)).toBe(survives);
    expect(s3.pendingUploads(), 'no upload left pending').toEqual(pendingBefore);
  });

  it.each([
    ['a truncated GET, once', 'intact', faults('GetObject', ['pass', { truncateAfter: 1000 }])],
    [
      'a GET that falls silent, once',
      'intact',
      faults('GetObject', ['pass', { truncateAfter: 1000, andThen: 'stall' }]),
    ],
    ['500 twice', 'intact', faults('GetObject', [internal, internal])],
    ['503 SlowDown twice', 'intact', faults('GetObject', [slowDown, slowDown])],
    ['403 in the middle', 'unreadable', faults('GetObject', ['pass', 'pass', denied, 'pass'])],
    ['403 for ever', 'vault-access-denied', faults('GetObject', [denied], true)],
  ] as const)('verify: %s', async (name, outcome, onRequest) => {
    s3.onRequest = onRequest;
    const said = await verified(truth);
    s3.onRequest = undefined;
    expect(said).toBe(outcome);
    expect(await verified(truth)).toBe('intact');
    tally.add(`vault: verify, ${name}`, true);
  });

  it.each([
    ['a truncated GET, once', faults('GetObject', ['pass', 'pass', { truncateAfter: 1000 }])],
    ['403 among the rows', faults('GetObject', [denied], true, 'noise')],
  ] as const)('drill: %s', async (name, onRequest) => {
    s3.onRequest = onRequest;
    const outcome = await drill({ store: truth, place: sealed.place }).then(
      ({ verdict }) => verdict,
      (error: unknown) => error,
    );
    s3.onRequest = undefined;
    if (outcome !== 'proven') expect(outcome).toMatchObject({ code: 'vault-access-denied' });
    tally.add(`vault: drill, ${name}`, true);
  });

  it('and the next run is fine', async () => {
    await expectNextRunFine(server, truth);
    expect(await verified(truth)).toBe('intact');
    expect(await drill({ store: truth, place: sealed.place })).toMatchObject({ verdict: 'proven' });
  });
});
