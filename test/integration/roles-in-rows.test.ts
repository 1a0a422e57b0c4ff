import { expect, it } from 'vitest';
import { drill } from '../../lib/engine/drill/drill.ts';
import type { ServerMajor } from '../support/postgres-server.ts';
import { openWorld } from './restore/restore-world.ts';

const SQL = `
CREATE ROLE "in regrole"; CREATE ROLE grantee; CREATE ROLE grantor; CREATE ROLE in_array; CREATE ROLE in_composite; CREATE ROLE in_domain;
CREATE DOMAIN role_domain AS regrole; CREATE TYPE pair AS (x int, role regrole, acl aclitem[]); CREATE DOMAIN pair_domain AS pair;
CREATE TABLE named (id int PRIMARY KEY, a regrole, b aclitem, c regrole[], d pair[], e role_domain, f pair_domain, note text);
INSERT INTO named VALUES
  (1, '"in regrole"', NULL, '{in_array}', NULL, 'in_domain', NULL),
  (2, '-', makeaclitem('grantee'::regrole, 'grantor'::regrole, 'SELECT', false), NULL, ARRAY[ROW(1, 'in_composite', NULL)::pair, NULL], NULL, NULL);
CREATE TABLE unnamed (a regrole); INSERT INTO unnamed VALUES (NULL);
`;
const ROLES = ['grantee', 'grantor', 'in regrole', 'in_array', 'in_composite', 'in_domain'];

it.each<ServerMajor>([15, 18])(
  'roles that only rows of PostgreSQL %i name come with them',
  { timeout: 400_000 },
  async (major) => {
    const world = await openWorld({ major, sql: SQL });
    try {
      const { manifest, vault, place } = world;
      expect(manifest.tables.map(({ name, roles }) => [name, roles])).toEqual([
        ['named', ROLES],
        ['unnamed', undefined],
      ]);
      expect(manifest.roles).toEqual(expect.arrayContaining(ROLES));
      expect((await drill({ store: vault.store, place })).verdict).toBe('proven');
      const database = await world.newDatabase();
      const report = await world.restore(database);
      expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
    } finally {
      await world.stop();
    }
  },
);
