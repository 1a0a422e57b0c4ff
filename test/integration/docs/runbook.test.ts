import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CloudFormationServer,
  startCloudFormationServer,
} from '../../support/aws/cloudformation-server.ts';
import { codeBlocks, ROOT, readPage } from '../../support/docs/markdown.ts';
import { type PostgresServer, startPostgres } from '../../support/postgres-server.ts';
import { missingPrograms, type ProgramFolder, programFolder } from '../../support/restore-script.ts';

const LIVE = {
  region: 'eu-central-1',
  sources: [{ name: 'app', secretName: 'lifeboat/live/app' }],
  notifications: { emails: ['ada@example.com'] },
};

const SHOP = `
  CREATE ROLE shop_owner;
  CREATE TABLE customers (id integer PRIMARY KEY, name text);
  CREATE TABLE payments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES customers,
    cents integer NOT NULL,
    fee integer GENERATED ALWAYS AS (cents / 100) STORED,
    "what for" text
  );
  CREATE TABLE refunds (payment_id bigint REFERENCES payments);
  ALTER TABLE payments OWNER TO shop_owner;
  CREATE INDEX payments_cents ON payments (cents);
  ALTER TABLE payments ENABLE ROW LEVEL SECURITY;
  CREATE POLICY own ON payments USING (cents > 0);
  INSERT INTO customers SELECT n, 'customer ' || n FROM generate_series(1, 50) AS n;
  INSERT INTO payments (customer_id, cents, "what for")
    SELECT 1 + n % 50, n * 100, CASE WHEN n % 3 > 0 THEN E'tab\\there, line\\nthere' END FROM generate_series(1, 900) AS n;
  INSERT INTO refunds SELECT generate_series(1, 20)`;

/** The runbook, as `lifeboat runbook` has filled it. */
let runbook: string;

/** The one block of shell below a heading that holds this text. */
function block(heading: string, text: string): string {
  const found = codeBlocks(runbook).filter(
    (one) => one.heading === heading && one.language === 'sh' && one.text.includes(text),
  );
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} blocks of ${heading} hold ${text}`);
  return found[0].text;
}

// The pg_dump has to be of the server's major version: 15 is Debian's.
const missing = missingPrograms('the runbook', ['psql', 'pg_dump', 'zstd', 'jq', 'sha256sum']);

describe.skipIf(missing.length > 0)('the runbook, followed step by step', () => {
  let source: PostgresServer;
  let other: PostgresServer;
  let programs: ProgramFolder;
  let directory: string;
  let vault: string;
  let aws: CloudFormationServer;

  beforeAll(async () => {
    [source, other, aws] = await Promise.all([
      startPostgres({ major: 15 }),
      startPostgres({ major: 15 }),
      startCloudFormationServer(),
    ]);
    directory = mkdtempSync(join(tmpdir(), 'lifeboat-runbook-'));
    vault = join(directory, 'vault');
    programs = programFolder([], {
      npx: `shift\nexec '${process.execPath}' '${join(ROOT, 'bin/lifeboat.mjs')}' "$@"`,
      // The vault is a directory here, so fetching from it is copying.
      aws: `case "$1 $2" in
  's3 cp') mkdir -p "$6" && cp -R "\${5#file://}/." "$6" ;;
  's3 ls') ls "\${3#file://}" ;;
  *) exit 64 ;;
esac`,
    });
    await source.run('CREATE DATABASE shop');
    await source.run(SHOP, 'shop');
    const backup = await follow([
      "npx lifeboat backup --name app --create-vault --reason 'before the accident'",
    ]);
    expect(backup.output).toContain('sealed');
    aws.stacks.set('lifeboat-live', {
      outputs: {
        VaultBucket: 'live-vault',
        BackupFunctionApp: 'live-backup-1x',
        RestoreRole: 'arn:aws:iam::1:role/r',
      },
      resources: [
        ['AWS::Logs::LogGroup', '/aws/lambda/live-backup-1x'],
        ['AWS::CloudFormation::Stack', 'nested'],
        ['AWS::SQS::Queue', 'https://sqs.eu-central-1.amazonaws.com/123456789012/live-dead-letters'],
      ],
    });
    aws.stacks.set('nested', {
      outputs: {},
      resources: [['AWS::Logs::LogGroup', '/aws/lambda/live-health']],
    });
    writeFileSync(join(directory, 'environments.json'), JSON.stringify({ live: LIVE }));
    await follow([
      `npx lifeboat runbook --env live --environments environments.json --vault 'file://${vault}' --out runbook.md`,
    ]);
    runbook = readFileSync(join(directory, 'runbook.md'), 'utf8');
  });
  afterAll(async () => {
    await Promise.all([source?.stop(), other?.stop(), aws?.stop()]);
    programs?.remove();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Runs blocks as one script, as somebody would who pastes one after the other, with the placeholders filled in. */
  async function follow(blocks: readonly string[], { stopAtError = true } = {}) {
    const script = blocks
      .join('\n')
      .replaceAll(/<(new )?server>/g, '127.0.0.1')
      .replaceAll('<administrator>@<host of the source>:5432', `postgres@127.0.0.1:${source.port}`)
      .replaceAll('PGPORT=5432', `PGPORT=${other.port}`)
      .replaceAll('<administrator>', 'postgres')
      .replaceAll('<password>', other.password)
      .replaceAll('PGSSLMODE=require', 'PGSSLMODE=disable')
      .replaceAll('<role>', 'shop_owner')
      .replaceAll('s3://<VaultBucket>', `file://${vault}`)
      .replaceAll('<pid>', '0')
      .replaceAll('-h <host> -p 5432', `-h 127.0.0.1 -p ${source.port}`)
      .replaceAll(/^export LIFEBOAT_SOURCE_URL=.*$/gm, '');
    const child = spawn('sh', [stopAtError ? '-eu' : '-u', '-c', script], {
      cwd: directory,
      env: {
        PATH: `${programs.path}${delimiter}${process.env.PATH}`,
        HOME: directory,
        LIFEBOAT_VAULT: `file://${vault}`,
        LIFEBOAT_SOURCE_URL: source.url('shop'),
        AWS_REGION: 'eu-central-1',
        ...aws.environment(),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (stopAtError && status !== 0) throw new Error(`the script ended with ${status}:\n${output}`);
    return { status, output };
  }

  async function ask(server: PostgresServer, sql: string, database = 'shop'): Promise<unknown[]> {
    const client = await server.connect(database);
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    await client.end();
    return rows.flat();
  }

  const CONTENTS = `SELECT md5(string_agg(p::text, '|' ORDER BY id)) FROM payments AS p`;
  const fetching = () => [
    block('Choose and fetch a backup', '.snapshotAt < $accident').replace(
      /^accident=.*$/m,
      `accident=${new Date().toISOString()}`,
    ),
    block('Choose and fetch a backup', 'aws s3 cp'),
  ];

  it('has the names of the deployment, of nested stacks too', () => {
    expect(runbook).toContain('invoke BackupFunctionApp');
    expect(runbook).toContain("live/BackupFunctionApp) echo 'live-backup-1x'; return ;;");
    expect(runbook).toContain('`/aws/lambda/live-backup-1x`, `/aws/lambda/live-health`');
    expect(runbook).toContain('| dead-letter queues | `live-dead-letters` |');
    expect(runbook).toContain(`export LIFEBOAT_VAULT=file://${vault} AWS_REGION=eu-central-1`);
    expect(runbook).toMatch(/\| What was written after the newest full backup: `manual\/app\/[\w-]+` shows/);
  });

  it('has its outputs although what is in the stack may not be listed, and a page although nothing may be asked', async () => {
    const written = async () =>
      (await follow([`npx lifeboat runbook --env live --environments environments.json --vault vault`]))
        .output;
    aws.denied.add('ListStackResources');
    expect(await written()).toContain("live/VaultBucket) echo 'live-vault'; return ;;");
    aws.denied.add('DescribeStacks');
    const page = await written();
    expect(page).toContain(
      'CloudFormation was not asked: not authorized to perform: cloudformation:DescribeStacks',
    );
    expect(page).toContain('**not known here**: `output BackupFunctionApp`');
    aws.denied.clear();
  });

  it.each([
    ['Connection failure', 'pg_isready', /accepting connections/],
    ['Connection failure', 'connection-test', /sealed/],
    ['Pool exhaustion', 'backend_type', /shop|postgres/],
    ['Pool exhaustion', 'idle in transaction', /0 rows/],
    ['Pool exhaustion', 'ALTER ROLE', /connections/],
    ['Slow queries', 'pg_blocking_pids', /blocked_by/],
    ['Slow queries', 'pg_cancel_backend', /pg_terminate_backend/],
    ['Slow queries', 'EXPLAIN', /Result[\s\S]*ANALYZE/],
    ['Accidental deletion of rows or a table', '--timeline', /payments|same|no difference/i],
    ['Corruption', 'checksum_failures', /data_checksums/],
    ['Complete loss of the database', 'recoveryTimeMs', /"proven": false/],
    ['Failed migration', 'xact_start', /blocked_by/],
    ['Region outage', 'pg_isready', /manual/],
  ])('shows what to look at: %s, %s', async (heading, text, expected) => {
    const { output } = await follow([block(heading, text)], { stopAtError: false });
    expect(output).toMatch(expected);
    expect(output).not.toMatch(/^ERROR|syntax error|unknown option|not found|to do /m);
  });

  it('brings back rows that were deleted, then a table that was dropped', async () => {
    const [before] = await ask(source, CONTENTS);
    await source.run('DELETE FROM payments WHERE id % 2 = 0 AND id > 20', 'shop');
    const heading = 'Accidental deletion of rows or a table';
    const putBack = block(heading, 'ON CONFLICT DO NOTHING');
    expect(putBack).toContain('\nROLLBACK;\n');
    const steps = [
      ...fetching(),
      block('Restore beside the original', 'restore.sh'),
      block(heading, 'live='),
      block(heading, 'lifeboat_back AS SELECT'),
      putBack,
    ];
    const tried = await follow(steps);
    expect(tried.output).toContain('INSERT 0 440\n');
    expect(await ask(source, 'SELECT count(*)::int FROM payments')).toEqual([460]);

    await source.run('DROP TABLE lifeboat_back', 'shop');
    const again = steps.filter((step) => !step.includes('restore.sh'));
    const connection = block('Restore beside the original', 'restore.sh').split('\n').slice(0, 1);
    await follow([...connection, ...again.slice(0, -1), putBack.replace('ROLLBACK', 'COMMIT')]);
    expect(await ask(source, CONTENTS)).toEqual([before]);

    await source.run('DROP TABLE payments CASCADE', 'shop');
    const table = await follow([
      ...connection,
      ...again.slice(0, 3),
      block(heading, 'pg_dump'),
      block(heading, 'grep -n "REFERENCES $table"'),
    ]);
    expect(await ask(source, CONTENTS)).toEqual([before]);
    expect(table.output).toContain('refunds_payment_id_fkey');
    expect(
      await ask(
        source,
        "SELECT tablename::text FROM pg_policies UNION SELECT tableowner::text FROM pg_tables WHERE tablename = 'payments' ORDER BY 1",
      ),
    ).toEqual(['payments', 'shop_owner']);
    expect(
      await ask(source, 'INSERT INTO payments (customer_id, cents) VALUES (1, 5) RETURNING id::int'),
    ).toEqual([901]);
  });

  it('brings back a whole database', async () => {
    await follow([
      block('Choose and fetch a backup', '.problem == null)][0].name'),
      block('Choose and fetch a backup', 'aws s3 cp'),
      block('Complete loss of the database', '--database-settings'),
    ]);
    expect(await ask(other, 'SELECT count(*)::int FROM payments')).toEqual([900]);
    expect(await ask(other, 'SELECT count(*)::int FROM refunds')).toEqual([20]);
    await other.run('DROP DATABASE shop');
  });

  it('brings back a whole database without Lifeboat', async () => {
    const page = 'docs/restore-without-lifeboat.md';
    const blocks = codeBlocks(readPage(page)).filter(({ language }) => language === 'sh');
    const { output: newest } = await follow(["npx lifeboat list --json | jq -r '.backups[0].name'"]);
    const script = blocks.map(({ text }) =>
      text
        .replaceAll('daily/app/20261120T020000Z', newest.trim())
        .replaceAll('/daily/', '/manual/')
        .replaceAll('someone@example.com', 'customer 50'),
    );
    expect(script.join('\n')).not.toContain('lifeboat list');
    const { output } = await follow(['rm -rf restore', ...script]);
    expect(output).toContain('50\tcustomer 50\n');
    const [checksum = ''] = /^[0-9a-f]{64}(?= {2}-$)/m.exec(output) ?? [];
    expect(checksum).not.toBe('');
    expect(output).toContain(`"selfSha256": "${checksum}"`);
    expect(await ask(other, 'SELECT count(*)::int FROM payments')).toEqual([900]);
  });

  it('shows what a migration changed', async () => {
    await source.run('ALTER TABLE customers ADD COLUMN born date', 'shop');
    await source.run('CREATE INDEX customers_born ON customers (born)', 'shop');
    const { output } = await follow(
      [...fetching(), block('Failed migration', 'diff "$folder/pre-data.sql"')],
      { stopAtError: false },
    );
    expect(output).toMatch(/^> {5}born date$/m);
    expect(output).toMatch(/^> CREATE INDEX customers_born ON public\.customers USING btree \(born\);$/m);
  });
});
