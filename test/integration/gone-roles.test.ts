import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFileOf } from '../../lib/engine/archive/read-stored.ts';
import { drill } from '../../lib/engine/drill/drill.ts';
import type { ServerMajor } from '../support/postgres-server.ts';
import { oneValue, openWorld, type RestoreWorld } from './restore/restore-world.ts';

const SQL = readFileSync(new URL('gone-roles.sql', import.meta.url), 'utf8');

describe.each<ServerMajor>([15, 18])('what PostgreSQL %i has of roles that are gone', (major) => {
  let world: RestoreWorld;
  beforeAll(async () => {
    world = await openWorld({ major, targetMajor: 18, sql: SQL });
  });
  afterAll(() => world?.stop());

  it('is named in the manifest and in no script of the archive', async () => {
    const { manifest, vault } = world;
    const kinds = [...new Set(manifest.leftOut.map(({ what }) => what))];
    expect(kinds).toEqual(
      expect.arrayContaining([
        ...['default privileges', 'grant', 'grantor', 'owner', 'role of a policy', 'user mapping'],
        'setting of a role in the database',
      ]),
    );
    expect(manifest.leftOut.map(({ name }) => name).join('\n')).toMatch(/^to \d+ on table shop\.orders$/m);
    const scripts = await Promise.all(
      (['roles', 'database', 'pre-data', 'post-data', 'large-object-metadata'] as const).map((purpose) =>
        readFileOf(vault.store, manifest, purpose, new AbortController().signal),
      ),
    );
    const statements = scripts.join('\n').replace(/^--.*$/gm, '');
    expect(statements.match(/"(?:\d+|unknown.*?|)"/g)?.filter((name) => name !== '"76543"')).toEqual([]);
    expect(statements).toContain('GRANT SELECT ON TABLE shop.orders TO "76543"');
    expect(statements).toContain('GRANT SELECT ON TABLE shop.orders TO granted_by_gone');
  });

  it('is no difference in a drill', async () => {
    const report = await drill({ store: world.vault.store, place: world.place });
    expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
    expect(report.verdict).toBe('proven');
  });

  it('is no difference after a restore, and makes no role', async () => {
    const database = await world.newDatabase();
    const report = await world.restore(database, { roles: 'all', databaseSettings: true });
    expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
    const names = await oneValue(
      world.target,
      database,
      `SELECT string_agg(rolname, ' ' ORDER BY rolname) FROM pg_roles WHERE rolname ~ '^(\\d+|unknown.*|gone|gone_owner)$'`,
    );
    expect(names).toBe('76543');
    const owner = await oneValue(
      world.target,
      database,
      `SELECT tableowner FROM pg_tables WHERE tablename = 'things'`,
    );
    expect(owner).toBe('postgres');
  });
});
