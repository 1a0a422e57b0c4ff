import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { QueryRows } from '../../lib/engine/connection/query-rows.ts';
import { compareFingerprints } from '../../lib/engine/fingerprint/compare-fingerprints.ts';
import type { Fingerprint } from '../../lib/engine/fingerprint/fingerprint.ts';
import { readFingerprint } from '../../lib/engine/fingerprint/read-fingerprint.ts';
import { hashOfFingerprint } from '../../lib/engine/fingerprint/serialize-fingerprint.ts';
import { createEveryKind, openSession, startWithRoles } from '../integration/fingerprint/every-kind.ts';
import { differences } from '../integration/fingerprint/told.ts';
import type { PostgresServer, ServerMajor } from '../support/postgres-server.ts';
import { MUTATIONS } from './fingerprint-mutations.ts';

describe.each<ServerMajor>([14, 18])('one thing changed on PostgreSQL %i', (major) => {
  let server: PostgresServer;
  let client: pg.Client;
  let query: QueryRows;
  let before: Fingerprint;

  beforeAll(async () => {
    server = await startWithRoles(major);
    await createEveryKind(server, 'shop');
    ({ client, query } = await openSession(server, 'shop'));
    await client.query('SET allow_system_table_mods = on');
    before = await readFingerprint(query);
  });
  afterAll(() => server.stop());

  // All of them on the newest major; on the oldest a sample, to keep this quick.
  const mutations = MUTATIONS.filter(({ since = 0, until = 99 }) => since <= major && major <= until).filter(
    (_, index) => major === 18 || index % 3 === 0,
  );

  it.each(mutations)('$sql', async ({ sql, told }) => {
    await client.query('BEGIN');
    try {
      await client.query(sql);
      const after = await readFingerprint(query, { like: before });
      const items = differences(compareFingerprints(before, after));
      expect(items).toEqual(told);
      const largeObjectsOnly = items.every((one) => one.includes(' large objects '));
      expect(hashOfFingerprint(after) === hashOfFingerprint(before)).toBe(largeObjectsOnly);
    } finally {
      await client.query('ROLLBACK');
    }
  });

  it('leaves nothing behind, so that each was judged alone', async () => {
    expect(hashOfFingerprint(await readFingerprint(query))).toBe(hashOfFingerprint(before));
  });
});
