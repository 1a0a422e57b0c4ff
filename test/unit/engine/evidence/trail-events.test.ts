import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { trailEvents } from '../../../../lib/engine/evidence/trail/trail-events.ts';
import { MemoryStore } from '../../../support/memory-store.ts';

const PERIOD = { from: new Date('2026-11-20T00:00:00Z'), to: new Date('2026-11-25T00:00:00Z') };
const ADA = 'arn:aws:sts::111122223333:assumed-role/lifeboat-restore/ada';
const CHUNK = 'daily/shop/20261120T020000Z/k3f9aqxz/data/0001-public.users.copy.zst';

/** An event as CloudTrail writes it (AWS CloudTrail User Guide, "CloudTrail record contents"). */
const event = (eventName: string, requestParameters: object | null, more = {}) => ({
  eventVersion: '1.11',
  userIdentity: { type: 'AssumedRole', arn: ADA },
  eventTime: '2026-11-21T09:00:00Z',
  eventSource: 's3.amazonaws.com',
  eventName,
  requestParameters,
  ...more,
});
const logs = (files: Record<string, unknown>) =>
  new MemoryStore(
    Object.entries(files).map(([key, json]) => [key, gzipSync(Buffer.from(JSON.stringify(json)))] as const),
  );
const DAY = 'AWSLogs/111122223333/CloudTrail/eu-central-1/2026/11/21/111122223333_a.json.gz';
const read = async (store: MemoryStore, vaultUrl = 's3://vault') => {
  return await trailEvents({ logs: store, vaultUrl, period: PERIOD, signal: new AbortController().signal });
};

describe('what CloudTrail says', () => {
  it('counts the reads of rows by person, backup and day, and passes over those of manifests', async () => {
    const get = (key: string, more = {}) => event('GetObject', { bucketName: 'vault', key }, more);
    const store = logs({
      [DAY]: {
        Records: [
          get(CHUNK),
          get(CHUNK.replace('0001', '0002'), { eventTime: '2026-11-21T08:00:00Z' }),
          get('daily/shop/20261120T020000Z/manifest.json'),
          get(CHUNK, { eventTime: '2026-11-26T08:00:00Z' }),
          event('GetObject', { bucketName: 'another', key: CHUNK }),
        ],
      },
    });
    expect(await read(store)).toEqual([
      {
        ...{ at: '2026-11-21T08:00:00.000Z', what: 'read', request: 'GetObject', by: ADA, refused: null },
        ...{ on: 'daily/shop/20261120T020000Z', count: 2 },
      },
    ]);
  });

  it('tells what was changed, deleted and refused, and who started a restore', async () => {
    const store = logs({
      [DAY]: {
        Records: [
          event('PutBucketLifecycle', { bucketName: 'vault' }, { errorCode: 'AccessDenied' }),
          event('DeleteObject', { bucketName: 'vault', key: CHUNK }),
          event('PutObjectLegalHold', { bucketName: 'vault', key: CHUNK }),
          event('ScheduleKeyDeletion', { keyId: 'k' }, { eventSource: 'kms.amazonaws.com' }),
          event(
            'RunTask',
            { taskDefinition: 'arn:aws:ecs:r:1:task-definition/lifeboat-production-restore:3' },
            { eventSource: 'ecs.amazonaws.com' },
          ),
          event('RunTask', { taskDefinition: 'shop-web:3' }, { eventSource: 'ecs.amazonaws.com' }),
          event('ListBuckets', null),
          'no event at all',
        ],
      },
    });
    const found = (await read(store)).map(({ what, request, refused }) => [what, request, refused]);
    expect(found.sort()).toEqual([
      ['deleted', 'DeleteObject', null],
      ['hold', 'PutObjectLegalHold', null],
      ['key', 'ScheduleKeyDeletion', null],
      ['restore-task', 'RunTask', null],
      ['settings', 'PutBucketLifecycle', 'AccessDenied'],
    ]);
  });

  it('reads the days of the period and the day after, no digests, and only its own prefix', async () => {
    const one = { Records: [event('DeleteObject', { bucketName: 'vault', key: `backups/${CHUNK}` })] };
    const store = logs({
      [DAY]: one,
      [DAY.replace('/21/', '/25/')]: one,
      [DAY.replace('/21/', '/19/')]: one,
      [DAY.replace('/21/', '/26/')]: one,
      [DAY.replace('CloudTrail', 'CloudTrail-Digest')]: { digest: true },
    });
    expect((await read(store, 's3://vault/backups')).map(({ count }) => count)).toEqual([2]);
    expect(await read(store, 's3://vault/others')).toEqual([]);
  });

  it('makes no report of a damaged file, nor of a vault that is no bucket', async () => {
    const store = logs({ [DAY]: { Records: [] } });
    store.objects.set(DAY, Buffer.from('not gzip'));
    await expect(read(store)).rejects.toMatchObject({ code: 'trail-unreadable' });
    await expect(read(store, 'file:///vault')).rejects.toMatchObject({ code: 'trail-vault-local' });
  });
});
