import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RowDigest } from '../../../../lib/engine/copy-text/row-digest.ts';
import { BARE_SCHEMA, dropBareTables } from '../../../../lib/engine/rows/bare-table.ts';
import { digestTable } from '../../../../lib/engine/rows/digest-table.ts';
import { loadTable } from '../../../../lib/engine/rows/load-table.ts';
import {
  applyScript,
  nameOfObject,
  openSchemaContext,
} from '../../../../lib/engine/target/apply/apply-schema.ts';
import {
  type EmbeddedTarget,
  openEmbeddedTarget,
} from '../../../../lib/engine/target/embedded/open-embedded-target.ts';

let parent: string;
/** As for a source in en_US.UTF-8. */
let target: EmbeddedTarget;
beforeAll(async () => {
  parent = mkdtempSync(join(tmpdir(), 'lifeboat-test-'));
  const locale = { localeProvider: 'libc', collate: 'en_US.UTF-8', locale: null };
  target = await openEmbeddedTarget({ directory: parent, locale });
});
afterAll(async () => {
  await target?.close();
  rmSync(parent, { recursive: true, force: true });
});

async function restore(preData: string, postData: string, load: (context: Context) => Promise<void>) {
  const context = await openSchemaContext(target, {
    scripts: [preData, postData],
    defaultOrderIsExact: target.defaultOrderIsExact,
  });
  const before = await applyScript(target, preData, context);
  await load(context);
  const after = await applyScript(target, postData, context);
  return {
    skipped: [...before.skipped, ...after.skipped].map(
      (one) => `${one.statement} ${nameOfObject(one)}: ${one.reason}`,
    ),
    failed: [...before.failed, ...after.failed].map(
      (one) => `${one.statement} ${nameOfObject(one)}: ${one.sqlState}`,
    ),
  };
}
type Context = Awaited<ReturnType<typeof openSchemaContext>>;

/** Loads a table, and asserts that what is on the target, wherever it is, has the digest of what was sent. */
async function load(context: Context, name: string, columns: string[], text: string) {
  const [schema = '', table = ''] = name.split('.');
  const loaded = await loadTable(target, context, { schema, table, columns }, async function* () {
    yield Buffer.from(text);
  });
  const sent = new RowDigest();
  sent.update(Buffer.from(text));
  const found = await digestTable(target, { ...loaded.table, name: loaded.table.table });
  expect(found).toEqual(sent.finish());
  return loaded;
}

it('takes the order of en_US where it is that of the root: no false alarm', async () => {
  const { skipped, failed } = await restore(
    `CREATE SCHEMA en;
CREATE TABLE en.words (a text, b text COLLATE pg_catalog."en_US.utf8", c text COLLATE pg_catalog."en-x-icu", CONSTRAINT ab CHECK ((a < b)), CONSTRAINT cd CHECK (((c < 'Date'::text) AND (b < 'Date'::text))));
CREATE TABLE en.parted (a text) PARTITION BY RANGE (a);
CREATE TABLE en.early (a text);
ALTER TABLE ONLY en.parted ATTACH PARTITION en.early FOR VALUES FROM ('a') TO ('M');`,
    'CREATE INDEX words_b ON en.words USING btree (b);',
    async (context) => {
      await load(context, 'en.words', ['a', 'b', 'c'], 'apple\tBanana\tcherry\n');
      await load(context, 'en.early', ['a'], 'apple\nBanana\nlemon\n');
    },
  );
  expect([skipped, failed]).toEqual([[], []]);
});

describe('what is refused only because text sorts differently', () => {
  it('is a CHECK, a domain, a range partition: the rows are proven in bare tables', async () => {
    const reasons: Array<string | undefined> = [];
    const { skipped, failed } = await restore(
      // As at a source whose order puts z before a.
      `CREATE SCHEMA odd;
CREATE DOMAIN odd.late AS text CONSTRAINT is_late CHECK ((VALUE < 'a'::text));
CREATE TABLE odd.checked (id int NOT NULL, a text, b text, CONSTRAINT ab CHECK ((b < a)));
CREATE TABLE odd.with_domain (id int, value odd.late);
CREATE TABLE odd.root (id int NOT NULL, a text NOT NULL) PARTITION BY RANGE (a);
CREATE TABLE odd.leaf (id int NOT NULL, a text NOT NULL);
ALTER TABLE ONLY odd.root ATTACH PARTITION odd.leaf FOR VALUES FROM ('a') TO ('b');
CREATE TABLE odd.impossible (id int NOT NULL, a text NOT NULL);
ALTER TABLE ONLY odd.root ATTACH PARTITION odd.impossible FOR VALUES FROM ('z') TO ('c');`,
      `ALTER TABLE ONLY odd.checked ADD CONSTRAINT checked_pkey PRIMARY KEY (id);
CREATE TABLE odd.refers (id int);
ALTER TABLE ONLY odd.refers ADD CONSTRAINT refers_fk FOREIGN KEY (id) REFERENCES odd.checked(id);
ALTER TABLE ONLY odd.root ADD CONSTRAINT root_pkey PRIMARY KEY (id, a);
ALTER TABLE ONLY odd.leaf ADD CONSTRAINT leaf_pkey PRIMARY KEY (id, a);
ALTER TABLE ONLY odd.impossible ADD CONSTRAINT impossible_pkey PRIMARY KEY (id, a);
ALTER INDEX odd.root_pkey ATTACH PARTITION odd.leaf_pkey;
ALTER INDEX odd.root_pkey ATTACH PARTITION odd.impossible_pkey;
CREATE TABLE odd.to_root (id int, a text);
ALTER TABLE ONLY odd.to_root ADD CONSTRAINT to_root_fk FOREIGN KEY (id, a) REFERENCES odd.root(id, a);`,
      async (context) => {
        for (const loaded of [
          await load(context, 'odd.checked', ['id', 'a', 'b'], '1\ta\tz\n'),
          await load(context, 'odd.with_domain', ['id', 'value'], '1\tz\n2\t\\N\n'),
          await load(context, 'odd.leaf', ['id', 'a'], '1\tz\n'),
          await load(context, 'odd.impossible', ['id', 'a'], '1\tz\n'),
        ]) {
          reasons.push(loaded.elsewhere);
          expect(loaded.table.schema === BARE_SCHEMA).toBe(loaded.elsewhere !== undefined);
        }
      },
    );
    expect(failed).toEqual([]);
    const differently = expect.stringContaining('sorts differently here');
    expect(reasons).toEqual([differently, differently, differently, undefined]);
    expect(skipped.map((line) => line.slice(0, line.indexOf(':')))).toEqual([
      'ALTER TABLE ATTACH PARTITION table odd.root',
      'ALTER TABLE ADD CONSTRAINT constraint refers_fk on odd.refers',
      'ALTER INDEX ATTACH PARTITION index odd.root_pkey',
      'ALTER TABLE ADD CONSTRAINT constraint to_root_fk on odd.to_root',
    ]);
    await dropBareTables(target);
    const { rows } = await target.execute(
      `SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = '${BARE_SCHEMA}'`,
    );
    expect(rows).toEqual([]);
  });

  it('is a unique index, and a foreign key, under a collation that is equal otherwise', async () => {
    const { skipped, failed } = await restore(
      `CREATE SCHEMA ci;
CREATE COLLATION ci.strict (provider = icu, deterministic = false, locale = 'de-u-ks-level2');
CREATE TABLE ci.names (name text COLLATE ci.strict, other text);
CREATE TABLE ci.refers (name text COLLATE ci.strict);
CREATE TABLE ci.more (name text COLLATE ci.strict, id int);`,
      `ALTER TABLE ONLY ci.names ADD CONSTRAINT names_pkey PRIMARY KEY (name);
ALTER TABLE ONLY ci.refers ADD CONSTRAINT refers_fk FOREIGN KEY (name) REFERENCES ci.names(name);
CREATE UNIQUE INDEX more_name ON ci.more USING btree (name);`,
      async (context) => {
        await load(context, 'ci.names', ['name', 'other'], 'Anna\t1\nBert\t2\n');
        await load(context, 'ci.refers', ['name'], 'ANNA\nbert\n');
        await load(context, 'ci.more', ['name', 'id'], 'x\t1\nX\t2\n');
      },
    );
    // The stand-in has the key of the collation it stands for, so the foreign key holds.
    expect(failed).toEqual([]);
    expect(skipped.map((line) => line.slice(0, line.indexOf(':')))).toEqual([
      'CREATE COLLATION collation ci.strict',
      'CREATE INDEX index more_name on ci.more',
    ]);
  });
});

describe('what is refused for another reason', () => {
  it('fails, though text would sort differently besides', async () => {
    const { skipped, failed } = await restore(
      `CREATE SCHEMA real;
CREATE TABLE real.numbers (id int, note text, CONSTRAINT positive CHECK ((id > 0)));
CREATE TABLE real.exact (note text COLLATE "C", CONSTRAINT early CHECK ((note < 'b'::text)));
CREATE TABLE real.twice (id int, note text);
CREATE TABLE real.parted (id int, note text) PARTITION BY RANGE (id);
CREATE TABLE real.leaf (id int, note text);
ALTER TABLE ONLY real.parted ATTACH PARTITION real.leaf FOR VALUES FROM (1) TO (10);`,
      `ALTER TABLE ONLY real.twice ADD CONSTRAINT twice_pkey PRIMARY KEY (note);
ALTER TABLE real.twice ADD CONSTRAINT small CHECK ((id < 1));
ALTER TABLE ONLY real.numbers ADD CONSTRAINT fk FOREIGN KEY (note) REFERENCES real.twice(note);`,
      async (context) => {
        await expect(load(context, 'real.numbers', ['id', 'note'], '0\tx\n')).rejects.toMatchObject({
          sqlState: '23514',
        });
        await expect(load(context, 'real.leaf', ['id', 'note'], '11\tx\n')).rejects.toMatchObject({
          sqlState: '23514',
        });
        await expect(load(context, 'real.exact', ['note'], 'c\n')).rejects.toMatchObject({
          sqlState: '23514',
        });
        await load(context, 'real.twice', ['id', 'note'], '1\tx\n1\tx\n');
      },
    );
    expect(skipped).toEqual([]);
    expect(failed).toEqual([
      'ALTER TABLE ADD CONSTRAINT constraint twice_pkey on real.twice: 23505',
      'ALTER TABLE ADD CONSTRAINT constraint small on real.twice: 23514',
      'ALTER TABLE ADD CONSTRAINT constraint fk on real.numbers: 42830',
    ]);
  });
});

it('proves the rows of a table that could not be made, and of an extension that is not there', async () => {
  const { skipped, failed } = await restore(
    `CREATE EXTENSION IF NOT EXISTS postgis WITH SCHEMA public;
CREATE SCHEMA lost;
CREATE TABLE lost.places (id int, at public.geometry, "odd ""name" text);`,
    '',
    async (context) => {
      const places = await load(
        context,
        'lost.places',
        ['id', 'at', 'odd "name'],
        '1\t0101000000\t\\\\N\n2\t\\N\ta\\tb\n',
      );
      expect(places.elsewhere).toContain('postgis');
      expect((await load(context, 'public.spatial_ref_sys', ['srid'], '1\n')).elsewhere).toContain('postgis');
    },
  );
  expect(failed).toEqual([]);
  expect(skipped).toHaveLength(2);
});
