import { manualBackupId } from '../lib/engine/archive/keys.ts';
import type { Manifest, TableData } from '../lib/engine/archive/manifest.ts';
import { readManifest } from '../lib/engine/archive/read-manifest.ts';
import { resolveBackup } from '../lib/engine/archive/resolve-backup.ts';
import { backup } from '../lib/engine/backup/backup.ts';
import { connect } from '../lib/engine/connection/connect.ts';
import { connectionSettings } from '../lib/engine/connection/connection-settings.ts';
import { drill } from '../lib/engine/drill/drill.ts';
import { messageOf } from '../lib/engine/ground/errors.ts';
import { type RestoreReport, restore } from '../lib/engine/restore/restore.ts';
import { verifyBackup } from '../lib/engine/verify/verify.ts';
import { countOf, formatBytes, formatCount } from '../lib/present/terminal/units.ts';
import { ask } from './ask.ts';
import { closingWords } from './closing-words.ts';
import type { World } from './disposable-world.ts';
import { expectThat } from './expect-that.ts';
import { runStory } from './run-story.ts';
import { numberFrom, openShop, SHOP_CHECKS } from './shop.ts';
import type { Storyteller } from './storyteller.ts';
import { describeTable } from './table-description.ts';
import { digestOfTable } from './table-digest.ts';
import { startWriters } from './writers.ts';

const WRITERS = 3;
const LOST_TABLE = 'payments';

/** The story of a backup, on a real PostgreSQL that is gone afterwards. Read it from top to bottom. */
async function story({ vault, directory, signal, startServer }: World, teller: Storyteller): Promise<void> {
  const { green, red } = teller.page.paint;
  const { server, shop } = await teller.step('A shop, on a real PostgreSQL 18', async (tell) => {
    const server = await startServer();
    const shop = await openShop(server);
    const onDisk = await numberFrom(shop, 'pg_database_size(current_database())');
    tell(
      `${formatBytes(onDisk)} on disk: partitions, foreign keys, enums, domains, row level security, identity and generated columns, trigram and JSON indexes, large objects, pgcrypto.`,
    );
    return { server, shop };
  });
  signal.throwIfAborted();
  const settings = connectionSettings(server.url('shop'));

  const { committed } = await teller.step(
    `A backup, while ${WRITERS} clients go on buying`,
    async (tell, observer) => {
      const writers = await startWriters(server, WRITERS);
      const place = {
        retentionClass: 'manual',
        source: 'shop',
        backupId: manualBackupId(new Date()),
      } as const;
      const result = await backup({
        settings,
        store: vault,
        place,
        reason: 'before the disaster',
        signal,
        observer,
      });
      const committed = writers.committed;
      await writers.stop();
      expectThat(result.outcome === 'sealed', 'the backup was not sealed');
      tell(`${countOf(committed, 'order')} committed meanwhile. The backup shows one moment of it.`);
      return { committed };
    },
  );

  // From here on everything comes from the vault: nothing about a backup is kept anywhere else.
  const place = await resolveBackup(vault, 'latest', {}, { signal });
  const manifest = await readManifest(vault, place, { signal });
  const lost = tableIn(manifest, LOST_TABLE);

  await teller.step('Verified: each object read back, against the manifest', async (tell) => {
    const { verdict, totals, items } = await verifyBackup(vault, place, { signal });
    const wrong = items
      .filter((item) => item.verdict !== 'match')
      .map(({ name, problem }) => `${name} ${problem}`);
    expectThat(verdict === 'intact', `the backup is ${verdict}: ${wrong.join('; ')}`);
    tell(
      `${countOf(totals.objects, 'object')}, ${formatBytes(totals.readBytes)}: sizes, SHA-256, row counts and digests are right.`,
    );
  });

  const report = await teller.step(
    'A drill: restored into a PostgreSQL in this process',
    async (tell, observer) => {
      const report = await drill({ store: vault, place, checks: SHOP_CHECKS, directory, signal, observer });
      const differing = report.items.filter(({ verdict }) => verdict === 'differs');
      const reasons = differing.map(({ name, reason }) => `${name}: ${reason}`);
      expectThat(report.verdict !== 'failed', `the drill failed: ${reasons.join('; ')}`);
      const equal = report.items.filter(({ verdict }) => verdict === 'match');
      const tables = equal.filter(({ kind }) => kind === 'table').length;
      tell(
        `${green(report.verdict)}: ${countOf(tables, 'table')} equal to what was read from the server, row for row; so are large objects, sequences, constraints, indexes, policies and grants.`,
      );
      const checks = report.items.filter(
        ({ kind, verdict }) => kind === 'custom-check' && verdict === 'match',
      );
      expectThat(checks.length === SHOP_CHECKS.length, "the shop's own checks were not all made");
      for (const { name } of checks) tell(`${name}: none`);
      return report;
    },
  );

  const before = await teller.step(`Disaster: DROP TABLE ${LOST_TABLE}`, async (tell) => {
    const description = await describeTable(shop, lost);
    const rows = await numberFrom(shop, `SELECT count(*) FROM ${LOST_TABLE}`);
    await shop.query(`DROP TABLE ${LOST_TABLE}`);
    const answer = await shop.query(`SELECT count(*) FROM ${LOST_TABLE}`).catch(messageOf);
    tell(`${formatCount(rows)} payments are ${red('gone')}:`);
    tell(`SELECT count(*) FROM ${LOST_TABLE};`);
    tell(`ERROR:  ${answer}`);
    return { description, rows };
  });

  await teller.step(
    'A look before anything is restored: a question to the backup',
    async (tell, observer) => {
      const sql = `SELECT count(*), max(paid_at)::date FROM ${LOST_TABLE}`;
      const [row = []] = await ask({ store: vault, place, sql, directory, signal, observer });
      expectThat(Number(row[0]) === lost.rows, 'the backup does not show the rows that it counted');
      tell(`${formatCount(lost.rows)} payments are in the backup, the last one of ${row[1]}.`);
    },
  );

  const oneTable = await teller.step(
    'The way back: that table, from the vault alone',
    async (tell, observer) => {
      const report = await restore({
        ...{ store: vault, place, settings, signal, observer },
        tables: [`public.${LOST_TABLE}`],
        intoSource: true,
      });
      expectRestored(report);
      const { client, end } = await connect(settings, { signal });
      const { digest, rows } = await digestOfTable(client, lost, manifest.server.encoding);
      const description = await describeTable(shop, lost);
      await end();
      expectThat(digest === lost.digest && rows === lost.rows, 'the rows are not those of the backup');
      expectThat(description.join('\n') === before.description.join('\n'), 'the table is not what it was');
      tell(
        `What was there was backed up first. Then ${formatCount(rows)} rows, and columns, keys, indexes, trigger, policies, grants.`,
      );
      tell(`digest in the backup   ${lost.digest}`);
      tell(`digest of the table    ${digest}   ${green('equal')}`);
      tell(
        `${countOf(before.rows - rows, 'payment')} came after the backup's moment and cannot be in it: how much that is, is how often you back up.`,
      );
      const order = await numberFrom(shop, 'SELECT place_order(42, 3)');
      tell(`The shop sells again: order ${formatCount(order)} is paid.`);
      return report;
    },
  );

  const everything = await teller.step(
    'And if all were gone: the whole shop, into a new database',
    async (tell, observer) => {
      const report = await restore({
        ...{ store: vault, place, signal, observer },
        settings: { ...settings, database: 'shop_restored' },
        createDatabase: true,
      });
      expectRestored(report);
      const tables = report.items.filter(({ kind }) => kind === 'table').length;
      tell(
        `${green('equal')}: ${countOf(tables, 'table')} read out of the new database again and compared, row for row.`,
      );
      return report;
    },
  );

  teller.say(
    ...closingWords(
      { manifest, report, committed, oneTable, everything, lostTable: LOST_TABLE },
      teller.page,
    ),
  );
}

function expectRestored({ outcome, items }: RestoreReport): void {
  const differing = items
    .filter(({ verdict }) => verdict === 'differs')
    .map(({ name, reason }) => `${name}: ${reason}`);
  expectThat(outcome === 'restored', `the restore had failures: ${differing.join('; ')}`);
}

function tableIn({ tables }: Manifest, name: string): TableData {
  const table = tables.find((one) => one.schema === 'public' && one.name === name);
  if (!table) throw new Error(`${name} is not in the backup`);
  return table;
}

await runStory(process, story);
