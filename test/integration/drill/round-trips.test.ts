import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { drill } from '../../../lib/engine/drill/drill.ts';
import { restore } from '../../../lib/engine/restore/restore.ts';
import { GoodBackup } from '../../mutations/good-backup.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { type TestVault, takeBackup, testVault } from '../../support/vaults.ts';

const TIMEOUT_MS = 300_000;
const SCENARIOS = [
  'round-trips-of-queries',
  'round-trips-of-expressions',
  'round-trips-14',
  'round-trips-17',
];

function schemaOf(scenario: string): string {
  return readFileSync(
    fileURLToPath(new URL(`../../scenarios/${scenario}/schema.sql`, import.meta.url)),
    'utf8',
  );
}

/** A view, a policy and a rule that the server writes otherwise the second time, and what a forger makes of them. */
const FORGED_SCHEMA = `
  CREATE TABLE dated (release int, year int, country int);
  CREATE TABLE undated (release int, year int);
  CREATE VIEW event AS SELECT release, year, country FROM (
    SELECT release, year, country FROM dated UNION ALL SELECT release, year, NULL FROM undated) q;
  ALTER TABLE dated ENABLE ROW LEVEL SECURITY;
  CREATE POLICY known ON dated USING (release IN (
    SELECT q.a FROM (SELECT release AS a, year FROM undated UNION ALL SELECT release, NULL FROM undated) q));
  CREATE TABLE signed (a int DEFAULT -1::int, CHECK (a > -5::int))`;

const FORGERIES: ReadonlyArray<readonly [name: string, from: RegExp, to: string]> = [
  [
    'a view that reads another column',
    /undated\.year,\s+NULL::integer/,
    'undated.release AS year, NULL::integer',
  ],
  ['a view with less in it', /UNION ALL(?=\s+SELECT undated\.release,\s+undated\.year)/, 'EXCEPT'],
  ['a policy that lets everybody', /USING \(\(release IN/, 'USING (true OR (release IN'],
  [
    'a policy that is changed behind',
    /(CREATE POLICY known[^;]*;)/,
    '$1\nALTER POLICY known ON public.dated USING (true);',
  ],
  ['a default of another sign', /DEFAULT \(- 1\)/, 'DEFAULT (+ 1)'],
  ['a check of another number', /CHECK \(\(a > \(- 5\)\)\)/, 'CHECK ((a > (- 6)))'],
];

describe('a definition that is written otherwise after one round trip', () => {
  let server: PostgresServer;
  let vault: TestVault;
  beforeAll(async () => {
    vault = await testVault();
    server = await startPostgres({ major: 18 });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await server?.stop();
    vault?.remove();
  });

  it('fails no drill and no restore', { timeout: TIMEOUT_MS }, async () => {
    await server.run('CREATE DATABASE odd TEMPLATE template0');
    for (const scenario of SCENARIOS) await server.run(schemaOf(scenario), 'odd');
    const taken = await takeBackup(server.url('odd'), vault);
    const request = { store: vault.store, place: taken.place };
    const report = await drill(request);
    expect(report.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
    expect(report.notes).toEqual(
      expect.arrayContaining([
        expect.stringMatching(
          /^view .*round_trips_of_queries\.e01, .*and \d+ more: made from the source's own text in the archive/,
        ),
        expect.stringMatching(/^policy p3 on round_trips_of_expressions\.t: made from the source's own text/),
      ]),
    );
    await server.run('CREATE DATABASE again TEMPLATE template0');
    const restored = await restore({
      ...request,
      settings: connectionSettings(server.url('again')),
    });
    expect(restored.items.filter(({ verdict }) => verdict !== 'match')).toEqual([]);
  });

  describe('fails where it was forged:', () => {
    let good: GoodBackup;
    beforeAll(async () => {
      await server.run('CREATE DATABASE forged TEMPLATE template0');
      await server.run(FORGED_SCHEMA, 'forged');
      good = await GoodBackup.read(vault, await takeBackup(server.url('forged'), vault));
      expect(await drill({ store: good.copy().store, place: good.place })).toMatchObject({
        verdict: 'proven',
      });
    }, TIMEOUT_MS);

    it.each(FORGERIES)('%s', { timeout: TIMEOUT_MS }, async (_, from, to) => {
      const copy = good.copy();
      let edited = 0;
      for (const object of copy.manifest.objects) {
        if (object.purpose !== 'pre-data' && object.purpose !== 'post-data') continue;
        const text = copy.get(object.key).toString('utf8');
        if (!from.test(text)) continue;
        copy.replaceFitting(object, Buffer.from(text.replace(from, to)));
        edited += 1;
      }
      expect(edited, `no script holds ${from}`).toBe(1);
      copy.reseal();
      expect(await drill({ store: copy.store, place: good.place })).toMatchObject({ verdict: 'failed' });
    });
  });
});
