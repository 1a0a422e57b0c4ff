import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MARKED_AT_BIRTH } from '../../lib/engine/refresh/databases.ts';
import { planRefresh, refresh } from '../../lib/engine/refresh/refresh.ts';
import { MASKS, openStagingWorld, type StagingWorld } from '../support/staging/staging-world.ts';

let world: StagingWorld;
beforeAll(async () => {
  world = await openStagingWorld();
});
afterAll(() => world?.stop());

const asked: StagingWorld['asked'] = (...args) => world.asked(...args);
const rows: StagingWorld['rows'] = (...args) => world.rows(...args);
const databases = () => world.databases();

describe('a refresh', () => {
  it('takes the place of staging with masked rows, joins as before, and staging’s own grants and settings', async () => {
    await world.server.run('CREATE DATABASE staging');
    await world.server.run("CREATE ROLE reader; ALTER DATABASE staging SET work_mem = '5MB'");
    await world.server.run('ALTER DATABASE staging CONNECTION LIMIT 17');
    // As a refresh leaves it that was killed as soon as it had made its database.
    await world.server.run(`CREATE DATABASE staging_lifeboat_new ${MARKED_AT_BIRTH}`);
    await world.server.run(
      'CREATE TABLE users (id int); GRANT SELECT ON users TO reader; CREATE TABLE stale (a int)',
      'staging',
    );
    const connected = await world.server.connect('staging');
    connected.on('error', () => {});
    const report = await refresh({
      ...asked('staging'),
      runAfter: "UPDATE notes SET body = 'run after' WHERE id = 1",
    });
    expect(report).toMatchObject({ outcome: 'refreshed', notes: [], scan: { findings: [] } });
    expect(report.scan.samples).toBeGreaterThan(300);
    // Nothing of the source's is left, in whatever column or view.
    const everything = await rows(
      'staging',
      'SELECT u::text, o::text, n::text, m::text FROM users u JOIN orders o USING (id) LEFT JOIN notes n USING (id) LEFT JOIN mails m ON m.email = u.email',
    );
    expect(everything).toHaveLength(300);
    expect(
      /secret|Na.{0,2}me \d|0900|10\.1\.2\.[1-9]|,c\d{1,3},/.exec(JSON.stringify(everything))?.[0],
    ).toBeUndefined();
    const [facts] = await rows(
      'staging',
      `SELECT count(*)::int, count(DISTINCT u.email)::int, count(name)::int, count(*) FILTER (WHERE lowered = lower(u.email))::int,
              count(*) FILTER (WHERE facts->>'n' = '12345678901234567890' AND facts->>'mail' LIKE '%@example.com')::int,
              count(*) FILTER (WHERE tags[2] IS NULL AND cardinality(tags) = 3)::int, max(length(code)), min(born)::text
         FROM users u JOIN orders o ON o.email = u.email JOIN mails m ON m.email = u.email`,
    );
    expect(facts).toEqual([300, 300, 258, 300, 300, 300, 8, '1980-01-01']);
    expect(await rows('staging', 'SELECT body FROM notes WHERE id = 1')).toEqual([['run after']]);
    expect(await rows('staging', 'SELECT count(*)::int FROM sessions')).toEqual([[0]]);
    expect(
      await rows(
        'staging',
        "SELECT has_table_privilege('reader', 'users', 'SELECT'), to_regclass('stale')::text, current_setting('work_mem')",
      ),
    ).toEqual([[true, null, '5MB']]);
    expect(await databases()).toEqual(['staging']);
    expect(
      await rows('staging', 'SELECT datconnlimit FROM pg_database WHERE datname = current_database()'),
    ).toEqual([[17]]);
  });

  it('drops no database that it has not made', async () => {
    await world.server.run('CREATE DATABASE staging_lifeboat_new');
    await expect(refresh(asked('staging'))).rejects.toMatchObject({ code: 'refresh-name-taken' });
    expect(await databases()).toEqual(['staging', 'staging_lifeboat_new']);
    await world.server.run('DROP DATABASE staging_lifeboat_new');
  });

  it('leaves staging as it was when a kept column holds a masked value', async () => {
    const { facts, ...others } = MASKS.tables['public.users'];
    const users = { ...others, facts: { json: { ...facts.json, 'list.mial': 'null', absent: 'hash' } } };
    const notes = { id: 'keep', body: 'keep' };
    const masks = { ...MASKS, tables: { ...MASKS.tables, 'public.notes': notes, 'public.users': users } };
    const before = await rows(
      'staging',
      'SELECT oid::int FROM pg_database WHERE datname = current_database()',
    );
    const report = await refresh(asked('staging', masks));
    expect(report).toMatchObject({
      outcome: 'refused',
      scan: { findings: [{ where: 'public.notes.body', rows: 1, isChance: false }] },
      notes: [
        expect.stringContaining('public.users.facts: list.mial'),
        expect.stringContaining('public.users.facts: absent'),
      ],
    });
    expect(JSON.stringify(report)).not.toContain('secret17');
    expect(
      await rows('staging', 'SELECT oid::int FROM pg_database WHERE datname = current_database()'),
    ).toEqual(before);
    expect(await databases()).not.toContain('staging_lifeboat_new');
  });

  it('is refused for a column that nobody decided about', async () => {
    const { code: _, ...others } = MASKS.tables['public.users'];
    const masks = { ...MASKS, tables: { ...MASKS.tables, 'public.users': others } };
    await expect(planRefresh(asked('staging', masks))).rejects.toMatchObject({
      code: 'masks-undecided',
      message: expect.stringContaining('public.users.code'),
    });
  });
});
