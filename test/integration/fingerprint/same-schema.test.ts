import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { queryRows } from '../../../lib/engine/connection/query-rows.ts';
import { compareFingerprints } from '../../../lib/engine/fingerprint/compare-fingerprints.ts';
import { type Fingerprint, OBJECT_KINDS, objectKey } from '../../../lib/engine/fingerprint/fingerprint.ts';
import { readFingerprint } from '../../../lib/engine/fingerprint/read-fingerprint.ts';
import {
  hashOfFingerprint,
  parseFingerprint,
  serializeFingerprint,
} from '../../../lib/engine/fingerprint/serialize-fingerprint.ts';
import type { PostgresServer, ServerMajor } from '../../support/postgres-server.ts';
import { createEveryKind, openSession, startWithRoles } from './every-kind.ts';
import { differences } from './told.ts';

const MAJORS: readonly ServerMajor[] = [14, 15, 17, 18];

describe('the same schema', () => {
  const servers = new Map<ServerMajor, PostgresServer>();
  /** Of a database with the objects of 14 only, on each major. */
  const oldest = new Map<ServerMajor, Fingerprint>();

  beforeAll(async () => {
    for (const major of MAJORS) {
      const server = await startWithRoles(major);
      servers.set(major, server);
      await createEveryKind(server, 'one');
      await createEveryKind(server, 'two');
      await createEveryKind(server, 'oldest', 14);
      oldest.set(major, await read(major, 'oldest'));
    }
  });
  afterAll(async () => {
    for (const server of servers.values()) await server.stop();
  });

  function serverOf(major: ServerMajor): PostgresServer {
    const server = servers.get(major);
    if (!server) throw new Error(`no server of ${major}`);
    return server;
  }

  async function read(major: ServerMajor, database: string): Promise<Fingerprint> {
    const { client, query } = await openSession(serverOf(major), database);
    try {
      return await readFingerprint(query);
    } finally {
      await client.end();
    }
  }

  describe.each(MAJORS)('twice on PostgreSQL %i', (major) => {
    let one: Fingerprint;
    beforeAll(async () => {
      one = await read(major, 'one');
    });

    it('has one fingerprint', async () => {
      const two = await read(major, 'two');
      expect(differences(compareFingerprints(one, two))).toEqual([]);
      expect(hashOfFingerprint(two)).toBe(hashOfFingerprint(one));
      expect(serializeFingerprint(two)).toBe(serializeFingerprint(one));
    });

    it('has entries of every kind, each with an identity of its own', () => {
      const there = new Set(one.entries.map(({ kind }) => kind));
      const absent = major < 15 ? ['publication schema'] : [];
      expect(OBJECT_KINDS.filter((kind) => !there.has(kind))).toEqual(absent);
      expect(new Set(one.entries.map(objectKey)).size).toBe(one.entries.length);
    });

    it('comes back from its serialised form', () => {
      const back = parseFingerprint(Buffer.from(serializeFingerprint(one)), 'fingerprint.json');
      expect(back).toEqual(one);
    });

    it('holds no secret', () => {
      expect(serializeFingerprint(one)).not.toContain('swordfish');
    });

    it('is read alike by a role that may do nothing', async () => {
      const server = serverOf(major);
      await server.run(`CREATE ROLE nobody_in_particular LOGIN PASSWORD 'test'`);
      const { client } = await openSession(server, 'one');
      await client.query('SET SESSION AUTHORIZATION nobody_in_particular');
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      expect(differences(compareFingerprints(one, await readFingerprint(queryRows(client))))).toEqual([]);
      await client.end();
    });
  });

  it.each([
    [14, 15],
    [14, 17],
    [14, 18],
    [15, 18],
    [17, 18],
  ] as const)('has the same facts on %i and on %i', (source, target) => {
    const [a, b] = [oldest.get(source), oldest.get(target)];
    if (!a || !b) throw new Error('no fingerprint');
    // The schema public had another owner and other grants before 15: a dump carries both, CREATE DATABASE does not.
    const skips =
      source === 14
        ? [{ kind: 'schema', name: 'public', facts: ['owner', 'grants'], reason: 'new in 15' } as const]
        : [];
    expect(differences(compareFingerprints(a, b, { skips }))).toEqual(
      skips.length > 0 ? ['skipped facts schema public: owner, grants'] : [],
    );
    expect(a.entries.length).toBeGreaterThan(200);
  });
});
