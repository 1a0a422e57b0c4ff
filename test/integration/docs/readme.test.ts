import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { lifeboat, startLifeboat } from '../cli/lifeboat.ts';

const README = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');

/** The lines of the shell block that contains `text`, without their comments. */
function blockWith(text: string): string[] {
  const blocks = [...README.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  const found = blocks.filter((block) => block.includes(text));
  expect(found).toHaveLength(1);
  return (found[0] ?? '').split('\n').flatMap((line) => line.replace(/\s+#.*$/, '') || []);
}

let server: PostgresServer;
let directory: string;
beforeAll(async () => {
  server = await startPostgres({ major: 18 });
  directory = mkdtempSync(join(tmpdir(), 'lifeboat-readme-'));
  await server.run('CREATE DATABASE shop');
  await server.run(
    `CREATE TABLE orders (id int PRIMARY KEY, total numeric);
     INSERT INTO orders SELECT i, i * 1.5 FROM generate_series(1, 500) i`,
    'shop',
  );
});
afterAll(async () => {
  await server?.stop();
  rmSync(directory, { recursive: true, force: true });
});

/**
 * Runs the lines as they stand, one after the other. Only the databases and the directory are this machine's, and
 * `--yes` answers what a terminal would be asked.
 */
async function followed(lines: readonly string[], environment: Record<string, string>): Promise<string[]> {
  const answers: string[] = [];
  for (const line of lines) {
    const [, variable, value = ''] = /^export (\w+)='?([^']*)'?$/.exec(line) ?? [];
    if (variable !== undefined) {
      const [, database] = /^postgres:.*\/(\w+)$/.exec(value) ?? [];
      environment[variable] = database === undefined ? directory : server.url(database);
      continue;
    }
    expect(line).toMatch(/^npx lifeboat /);
    const argv = line
      .slice('npx lifeboat '.length)
      .match(/'[^']*'|\S+/g)
      ?.map((word) => word.replaceAll("'", ''));
    const target = line.includes('--into-source') ? 'shop' : 'shop_new';
    const yes = argv?.[0] === 'restore' && !line.includes('--dry-run') ? ['--yes', target] : [];
    const running = startLifeboat([...(argv ?? []), ...yes], { environment });
    // `browse` stays until somebody ends it.
    if (argv?.[0] === 'browse')
      running.child.stdout?.on('data', (text) => {
        if (String(text).includes('psql')) running.child.kill('SIGINT');
      });
    const { exitCode, stdout, stderr } = await running.ended;
    answers.push(`${line}\n${exitCode}\n${stdout}${stderr}`);
  }
  return answers;
}

it('says what works, from the first backup to the way back', async () => {
  const environment: Record<string, string> = {};
  const [backup, drill, list] = await followed(blockWith('lifeboat backup'), environment);
  expect(backup).toMatch(/\n0\n[\s\S]*: sealed\./);
  expect(drill).toMatch(/\n0\n[\s\S]*proven/);
  expect(list).toMatch(/\n0\n[\s\S]* shop .*500 .* yes/);

  await server.run('DELETE FROM orders WHERE id <= 99', 'shop');
  const [browse, diff, rows, beside, everything] = await followed(
    blockWith('restore --create-database'),
    environment,
  );
  expect(browse).toMatch(/\n(0|130)\n[\s\S]*open for reading/);
  expect(diff).toMatch(/\n0\n[\s\S]*public\.orders +500 +401 +99 +0 +0 +differs/);
  expect(rows).toMatch(/\n0\n[\s\S]*99 to insert, 0 to overwrite, 0 to delete/);
  expect(beside).toMatch(/\n0\n[\s\S]*restored into shop\.[\s\S]*1 table: as backed up/);
  expect(everything).toMatch(/\n0\n[\s\S]*restored into shop_new\.[\s\S]*as backed up/);

  const client = await server.connect('shop');
  const { rows: counts } = await client.query(
    'SELECT (SELECT count(*)::int FROM orders) AS live, (SELECT count(*)::int FROM orders_then) AS beside',
  );
  expect(counts).toEqual([{ live: 401, beside: 500 }]);
  // What diff prints is what brings the rows back.
  const [, command = ''] = /^ {2}(lifeboat restore (?:[^\n\\]|\\\n)*)/m.exec(diff ?? '') ?? [];
  const argv = command.replaceAll('\\\n', ' ').split(/\s+/).slice(1);
  const { exitCode, stdout } = await lifeboat([...argv, '--yes', 'shop'], { environment });
  expect(stdout).toContain('99 inserted, 0 overwritten, 0 deleted');
  expect(exitCode).toBe(0);
});
