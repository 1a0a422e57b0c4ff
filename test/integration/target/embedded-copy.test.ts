import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EMPTY_DIGEST, RowDigest } from '../../../lib/engine/copy-text/row-digest.ts';
import { MORE_UNCOMPRESSED } from '../../../lib/engine/drill/check-room.ts';
import { digestTable } from '../../../lib/engine/rows/digest-table.ts';
import {
  type EmbeddedTarget,
  openEmbeddedTarget,
} from '../../../lib/engine/target/embedded/open-embedded-target.ts';

let parent: string;
let target: EmbeddedTarget;
beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'lifeboat-test-'));
  target = await openEmbeddedTarget({ directory: parent, hasRoomToSpare: true });
  await target.execute('CREATE SCHEMA s');
});
afterAll(async () => {
  await target?.close();
  rmSync(parent, { recursive: true, force: true });
});

async function* streamOf(...pieces: Array<string | Buffer>) {
  for (const piece of pieces) yield Buffer.from(piece);
}

async function contentOf(text: string) {
  const digest = new RowDigest();
  digest.update(Buffer.from(text));
  return digest.finish();
}

async function countOf(table: string) {
  return Number((await target.execute(`SELECT count(*) FROM ${table}`)).rows[0]?.count);
}

it('brings back every byte: escapes, NULL against empty, CRLF, quoted names', async () => {
  await target.execute(
    `CREATE TABLE s."Odd ""name" (id int, "a,b" text, gen int GENERATED ALWAYS AS (id * 2) STORED)`,
  );
  const table = { schema: 's', table: 'Odd "name', columns: ['id', 'a,b'] };
  const text = ['1\t\\N', '2\t', '3\t\\\\N', '4\t\\t\\n\\r\\\\.', '5\tä€😀\\r\\n', '\\N\t\\\\.']
    .map((row) => `${row}\n`)
    .join('');
  expect(await target.copyIn(table, streamOf(text.slice(0, 7), text.slice(7)))).toBe(6);
  expect(await digestTable(target, { ...table, name: table.table })).toEqual(await contentOf(text));
});

it('loads a table without columns, and an empty one', async () => {
  await target.execute('CREATE TABLE s.bare ()');
  expect(await target.copyIn({ schema: 's', table: 'bare', columns: [] }, streamOf('\n\n\n'))).toBe(3);
  expect(await digestTable(target, { schema: 's', name: 'bare', columns: [] })).toEqual(
    await contentOf('\n\n\n'),
  );
  await target.execute('CREATE TABLE s.empty (id int)');
  expect(await target.copyIn({ schema: 's', table: 'empty', columns: ['id'] }, streamOf())).toBe(0);
  expect(await digestTable(target, { schema: 's', name: 'empty', columns: ['id'] })).toEqual(EMPTY_DIGEST);
});

it('says of an empty table, too, that it or a column is missing', async () => {
  await expect(
    target.copyIn({ schema: 's', table: 'nowhere', columns: [] }, streamOf()),
  ).rejects.toMatchObject({
    sqlState: '42P01',
  });
  await target.execute('CREATE TABLE s.one (id int)');
  await expect(
    target.copyIn({ schema: 's', table: 'one', columns: ['other'] }, streamOf()),
  ).rejects.toMatchObject({ sqlState: '42703' });
});

it('adds to rows that are there, and to a partitioned table through its root', async () => {
  await target.execute('CREATE TABLE s.twice (id int)');
  const twice = { schema: 's', table: 'twice', columns: ['id'] };
  await target.copyIn(twice, streamOf('1\n'));
  await target.copyIn(twice, streamOf('2\n'));
  expect(await countOf('s.twice')).toBe(2);

  await target.execute('CREATE TABLE s.root (id int) PARTITION BY HASH (id)');
  await target.execute('CREATE TABLE s.leaf0 PARTITION OF s.root FOR VALUES WITH (MODULUS 2, REMAINDER 0)');
  await target.execute('CREATE TABLE s.leaf1 PARTITION OF s.root FOR VALUES WITH (MODULUS 2, REMAINDER 1)');
  const root = { schema: 's', table: 'root', columns: ['id'] };
  for (const text of ['1\n2\n3\n', '4\n5\n']) await target.copyIn(root, streamOf(text));
  expect((await countOf('s.leaf0')) + (await countOf('s.leaf1'))).toBe(5);
});

it('leaves rows of a large table as VACUUM FREEZE would, so that nobody has to mark them: no look at the table, no page to write again', async () => {
  const heapFetches = async (table: string) => {
    for (const other of ['seqscan', 'bitmapscan']) await target.execute(`SET enable_${other} = off`);
    const { rows } = await target.execute(
      `EXPLAIN (ANALYZE, TIMING OFF) SELECT id FROM ${table} WHERE id > 0`,
    );
    for (const other of ['seqscan', 'bitmapscan']) await target.execute(`RESET enable_${other}`);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    return Number(/Heap Fetches: (\d+)/.exec(plan)?.[1]);
  };
  await target.execute('CREATE TABLE s.frozen (id int)');
  await target.execute('CREATE INDEX ON s.frozen (id)');
  const frozen = { schema: 's', table: 'frozen', columns: ['id'] };
  // More than a megabyte.
  const many = Array.from({ length: 200_000 }, (_, row) => `${row + 1}\n`).join('');
  await target.copyIn(frozen, streamOf(many.slice(0, 1000), many.slice(1000)));
  expect(await heapFetches('s.frozen')).toBe(0);
  await target.copyIn(frozen, streamOf('200001\n'));
  expect(await heapFetches('s.frozen')).toBeGreaterThan(0);
  // What is soon loaded is soon marked, too.
  await target.execute('CREATE TABLE s.little (id int)');
  await target.execute('CREATE INDEX ON s.little (id)');
  await target.copyIn({ ...frozen, table: 'little' }, streamOf('1\n2\n3\n'));
  expect(await heapFetches('s.little')).toBe(3);
  // A partition by itself is a table like any other.
  await target.execute('CREATE TABLE s.tree (id int) PARTITION BY RANGE (id)');
  await target.execute('CREATE TABLE s.part PARTITION OF s.tree FOR VALUES FROM (0) TO (1000000)');
  await target.execute('CREATE INDEX ON s.tree (id)');
  await target.copyIn({ ...frozen, table: 'part' }, streamOf(many));
  expect(await heapFetches('s.part')).toBe(0);
});

it("leaves a child's rows alone when its parent is loaded, and out when the parent is digested", async () => {
  await target.execute('CREATE TABLE s.parent (id int)');
  await target.execute('CREATE TABLE s.child () INHERITS (s.parent)');
  await target.copyIn({ schema: 's', table: 'child', columns: ['id'] }, streamOf('1\n2\n'));
  await target.copyIn({ schema: 's', table: 'parent', columns: ['id'] }, streamOf('3\n'));
  expect(await countOf('s.parent')).toBe(3);
  expect(await digestTable(target, { schema: 's', name: 'parent', columns: ['id'] })).toEqual(
    await contentOf('3\n'),
  );
});

describe('what cannot be loaded', () => {
  it('leaves nothing behind, and the target as it was', async () => {
    await target.execute('CREATE TABLE s.checked (id int CHECK (id < 1000000), note text)');
    const table = { schema: 's', table: 'checked', columns: ['id', 'note'] };
    const fine = `1\t${'x'.repeat(1000)}\n`.repeat(10_000);
    await expect(target.copyIn(table, streamOf(fine, '1000000\tsecret\n'))).rejects.toMatchObject({
      sqlState: '23514',
      refused: { constraint: 'checked_id_check' },
      message: expect.not.stringContaining('secret'),
    });
    expect(await countOf('s.checked')).toBe(0);
    await target.canary();
  });

  it('is not quoted: a value is part of a row', async () => {
    await target.execute('CREATE TABLE s.numbers (id int)');
    const table = { schema: 's', table: 'numbers', columns: ['id'] };
    await expect(target.copyIn(table, streamOf('swordfish\n'))).rejects.toMatchObject({
      sqlState: '22P02',
      message: expect.not.stringContaining('swordfish'),
    });
  });

  it('is given up with the body that failed, at whatever byte', async () => {
    await target.execute('CREATE TABLE s.broken (id int)');
    const table = { schema: 's', table: 'broken', columns: ['id'] };
    async function* failing() {
      // More than one blob: the first is loaded by then.
      yield Buffer.from('1\n'.repeat(5_000_000));
      throw new Error('the vault went away');
    }
    await expect(target.copyIn(table, failing())).rejects.toThrow('the vault went away');
    await expect(target.copyIn(table, streamOf('1\n2'))).rejects.toMatchObject({ code: 'copy-text-cut' });
    expect(await countOf('s.broken')).toBe(0);
  });

  it('is missed when a trigger swallows it', async () => {
    await target.execute('CREATE TABLE s.swallowed (id int)');
    await target.execute(
      `CREATE FUNCTION s.swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'`,
    );
    await target.execute(
      'CREATE TRIGGER swallow BEFORE INSERT ON s.swallowed FOR EACH ROW EXECUTE FUNCTION s.swallow()',
    );
    await expect(
      target.copyIn({ schema: 's', table: 'swallowed', columns: ['id'] }, streamOf('1\n')),
    ).rejects.toMatchObject({ code: 'target-rows-lost' });
  });
});

it('takes rows that are larger than a blob', async () => {
  await target.execute('CREATE TABLE s.large (id int, value text)');
  const large = { schema: 's', table: 'large', columns: ['id', 'value'] };
  const value = Buffer.alloc(20 * 1024 * 1024, 'abcdefghij');
  const pieces = ['1\tsmall\n2\t', value, '\n3\tsmall\n4\t', value, '\n'];
  expect(await target.copyIn(large, streamOf(...pieces))).toBe(4);
  const content = await contentOf(pieces.map(String).join(''));
  expect(await digestTable(target, { ...large, name: 'large' })).toEqual(content);
});

it('streams a table out: its size is never in memory', async () => {
  await target.execute('CREATE TABLE s.long (id int, value text)');
  const block = Array.from({ length: 2000 }, (_, id) => `${id}\t${'lorem ipsum '.repeat(80)}\n`).join('');
  async function* body() {
    for (let blocks = 0; blocks < 120; blocks += 1) yield Buffer.from(block);
  }
  await target.copyIn({ schema: 's', table: 'long', columns: ['id', 'value'] }, body());
  await digestTable(target, { schema: 's', name: 'long', columns: ['id'] });
  const before = process.memoryUsage.rss();
  let peak = before;
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 5);
  const content = await digestTable(target, { schema: 's', name: 'long', columns: ['id', 'value'] });
  clearInterval(watch);
  expect(content.rawBytes).toBeGreaterThan(220e6);
  // In one piece it would cost 2.3 times its size.
  expect(peak - before).toBeLessThan(100e6);
});

it('keeps the WAL short, though nobody makes checkpoints: half a gigabyte is written', async () => {
  await target.execute('CREATE TABLE s.logged (value text)');
  const logged = { schema: 's', table: 'logged', columns: ['value'] };
  // Rows that are there already keep COPY from going past the WAL.
  await target.copyIn(logged, streamOf('first\n'));
  const block = `${'lorem ipsum '.repeat(80)}\n`.repeat(4000);
  async function* body() {
    for (let blocks = 0; blocks < 130; blocks += 1) yield Buffer.from(block);
  }
  await target.copyIn(logged, body());
  const [root = ''] = readdirSync(parent);
  const segments = readdirSync(join(parent, root, 'data', 'pg_wal')).filter((name) =>
    /^[0-9A-F]{24}$/.test(name),
  );
  expect(segments.length).toBeLessThanOrEqual(14);
});

describe('long values of a large table', () => {
  const columns = ['id', 'free', 'outside', 'inside', 'doc'];
  const longValue = (row: number) => `${row} `.repeat(1000);
  const rows = Array.from({ length: 300 }, (_, row) => {
    const value = longValue(row).slice(0, 6000);
    return `${row}\t${value}\t${value}\t${value.slice(0, 3000)}\t["${value}"]\n`;
  });
  const made = (name: string) =>
    `CREATE TABLE s.${name} (id int, gone text, free text, outside text STORAGE EXTERNAL, inside text STORAGE MAIN, doc jsonb)`;
  const storages = async (name: string) => {
    const { rows: found } = await target.execute(
      `SELECT string_agg(attstorage::text, '' ORDER BY attnum) AS storages FROM pg_attribute
        WHERE attrelid = 's.${name}'::regclass AND attnum > 0`,
    );
    return found[0]?.storages;
  };
  const compressed = async (name: string) => {
    const { rows: found } = await target.execute(
      `SELECT count(pg_column_compression(free)) AS free, count(pg_column_compression(doc)) AS doc,
              count(pg_column_compression(inside)) AS inside FROM s.${name}`,
    );
    return found[0];
  };

  it('are stored as they come, and the table stays what it was', async () => {
    await target.execute(made('documents'));
    await target.execute('ALTER TABLE s.documents DROP gone');
    await target.copyIn({ schema: 's', table: 'documents', columns }, streamOf(rows.join('')));
    expect(await compressed('documents')).toEqual({ free: '0', doc: '0', inside: '300' });
    expect(await storages('documents')).toBe('pxxemx');
    expect(await digestTable(target, { schema: 's', name: 'documents', columns })).toEqual(
      await contentOf(rows.join('')),
    );
    // An entry of 6,000 bytes is too long for an index unless it is compressed.
    await target.execute('CREATE INDEX ON s.documents (free)');
    // More rows of the same table, as a second chunk brings them.
    await target.copyIn({ schema: 's', table: 'documents', columns }, streamOf(rows.join('')));
    expect(await compressed('documents')).toEqual({ free: '0', doc: '0', inside: '600' });
  });

  it('are compressed in a table that is soon loaded, and where a load has failed nothing is left', async () => {
    await target.execute(made('short'));
    const table = { schema: 's', table: 'short', columns };
    await expect(target.copyIn(table, streamOf(rows.join(''), 'no number\t\t\t\t{}\n'))).rejects.toThrow();
    expect(await storages('short')).toBe('pxxemx');
    await target.copyIn(table, streamOf(...rows.slice(0, 20)));
    expect(await compressed('short')).toEqual({ free: '20', doc: '20', inside: '20' });
  });

  it.each([
    ['text', 'x'.repeat(2050)],
    ['jsonb', `[${Array(1500).fill(1).join(', ')}]`],
    ['bigint[]', `{${Array(1500).fill(1).join(',')}}`],
    ['numeric[]', `{${Array(1500).fill(1).join(',')}}`],
  ])('take no more of the disk than a drill reckons with: %s', async (type, value) => {
    await target.execute(`CREATE TABLE s.roomy (value ${type})`);
    const text = `${value}\n`.repeat(700);
    await target.copyIn({ schema: 's', table: 'roomy', columns: ['value'] }, streamOf(text));
    const { rows: found } = await target.execute(`SELECT pg_total_relation_size('s.roomy') AS bytes`);
    await target.execute('DROP TABLE s.roomy');
    expect(Number(found[0]?.bytes)).toBeLessThan((1 + MORE_UNCOMPRESSED) * text.length);
  });

  it('are compressed in a table of hundreds of columns, whose rows would not fit into a page', async () => {
    const wide = Array.from({ length: 500 }, (_, column) => `c${column} char(200)`);
    await target.execute(`CREATE TABLE s.wide (${wide.join(', ')})`);
    const row = `${Array(500).fill('ab').join('\t')}\n`;
    const table = { schema: 's', table: 'wide', columns: [] };
    expect(await target.copyIn(table, streamOf(row.repeat(1200)))).toBe(1200);
  });

  it('are stored as they come in domains, too', async () => {
    await target.execute('CREATE DOMAIN s.note AS text');
    await target.execute('CREATE DOMAIN s.doc AS jsonb');
    await target.execute('CREATE TABLE s.with_domains (free s.note, doc s.doc, numbers int[])');
    const value = 'abc '.repeat(1500);
    const numbers = `{${Array(1500).fill(1).join(',')}}`;
    const text = `${value}\t["${value}"]\t${numbers}\n`.repeat(100);
    const destination = { schema: 's', table: 'with_domains', columns: ['free', 'doc', 'numbers'] };
    await target.copyIn(destination, streamOf(text));
    const { rows: found } = await target.execute(
      `SELECT count(pg_column_compression(free)) AS free, count(pg_column_compression(doc)) AS doc,
              count(pg_column_compression(numbers)) AS numbers FROM s.with_domains`,
    );
    expect(found[0]).toEqual({ free: '0', doc: '0', numbers: '100' });
  });
});
