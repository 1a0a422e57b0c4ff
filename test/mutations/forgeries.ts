import { zstdDecompressSync } from 'node:zlib';
import { totalsOf } from '../../lib/engine/archive/totals.ts';
import { sumDigests } from '../../lib/engine/copy-text/row-digest.ts';
import type { ArchiveCopy } from '../support/archive-copy.ts';
import { compressed, digestOf } from '../support/archive-fixture.ts';

/** What is forged below: few rows, and one of each kind of object whose text can be changed without changing its number. */
export const FORGED_SCHEMA = `
CREATE ROLE clerk NOLOGIN;
CREATE TABLE customer (id int PRIMARY KEY, name text, city text);
INSERT INTO customer SELECT g, 'name ' || g, 'city ' || g FROM generate_series(1, 50) g;
CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customer, total numeric CHECK (total >= 0));
INSERT INTO orders SELECT g, g, g FROM generate_series(1, 50) g;
CREATE TABLE stock (item int, amount int);
INSERT INTO stock SELECT g, g FROM generate_series(1, 20) g;
CREATE SEQUENCE numbers;
SELECT nextval('numbers');
CREATE INDEX by_city ON customer (city);
ALTER TABLE customer ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON customer USING (name = current_user);
CREATE FUNCTION answer() RETURNS int LANGUAGE sql AS 'SELECT 42';
CREATE VIEW cities AS SELECT city FROM customer;
GRANT SELECT ON customer TO clerk;
SELECT lo_from_bytea(4711, 'content');
COMMENT ON LARGE OBJECT 4711 IS 'kept';
`;

type Forgery = (copy: ArchiveCopy) => void | Promise<void>;

/** Every sum is right, the number of objects too: verify has nothing to say. A drill has. */
export const CAUGHT_BY_DRILL: Readonly<Record<string, Forgery>> = {
  'an index on another column': edit('post-data', '(city)', '(name)'),
  'a policy with another condition': edit('post-data', '(name =', '(city ='),
  'a function with another body': edit('pre-data', 'SELECT 42', 'SELECT 43'),
  'a column of another type': edit('pre-data', /amount integer/, 'amount bigint'),
  'a constraint left out': edit('pre-data', /,\s*CONSTRAINT orders_total_check CHECK \(.*\)\)/, ''),
  'a privilege left out': edit(/pre-data|post-data/, /GRANT SELECT ON TABLE public\.customer TO clerk;/, ''),
  'a sequence set elsewhere': edit('sequences', /setval\((.*?), 1,/, 'setval($1, 99,'),
  'a comment of a large object left out': edit('large-object-metadata', /COMMENT ON LARGE OBJECT [^;]*;/, ''),
  'rows that break a key, all sums made anew': (copy) => rewriteRows(copy, 'customer', /^2\t/m, '1\t'),
  'rows that break a reference, all sums made anew': (copy) =>
    rewriteRows(copy, 'orders', /^50\t50\t/m, '50\t51\t'),
  'rows that break a check, all sums made anew': (copy) => rewriteRows(copy, 'orders', /\t7$/m, '\t-7'),
};

/** Whoever can write every object and make every sum anew forges a backup; only a key that they lack could tell. */
export const BEYOND_CHECKSUMS: Readonly<Record<string, Forgery>> = {
  'a row that breaks no rule, all sums made anew': (copy) => rewriteRows(copy, 'stock', /\t7$/m, '\t8'),
  'the text of RECOVERY.md': edit('recovery-guide', /\n$/, '\nAll is well.\n'),
  'a command in restore.sh': edit('restore-script', /\n$/, '\n# and more\n'),
};

function edit(purpose: string | RegExp, from: string | RegExp, to: string): Forgery {
  return (copy) => {
    const matches = copy.manifest.objects.filter(({ purpose: one }) =>
      typeof purpose === 'string' ? one === purpose : purpose.test(one),
    );
    let edited = 0;
    for (const object of matches) {
      const text = copy.get(object.key).toString('utf8');
      const changed = text.replace(from, to);
      if (changed === text) continue;
      copy.replaceFitting(object, Buffer.from(changed));
      edited += 1;
    }
    if (edited === 0) throw new Error(`${purpose} does not hold ${from}`);
  };
}

/** As a writer would have written it that had read these rows: chunk, table and backup agree. */
async function rewriteRows(copy: ArchiveCopy, name: string, from: RegExp, to: string): Promise<void> {
  const chunk = copy.chunk(name);
  const text = zstdDecompressSync(copy.get(chunk.key)).toString('utf8');
  const changed = Buffer.from(text.replace(from, to));
  if (changed.toString('utf8') === text) throw new Error(`no row of ${name} matches ${from}`);
  copy.replaceFitting(chunk, compressed(changed));
  Object.assign(chunk, await digestOf(changed));
  Object.assign(copy.table(name), sumDigests(copy.table(name).chunks));
  Object.assign(copy.manifest.totals, totalsOf(copy.manifest));
}
