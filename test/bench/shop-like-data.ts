import type { PostgresServer } from '../support/postgres-server.ts';

/**
 * Fills a database with about so many megabytes of COPY text in the mixture of a product's database: wide rows of text and
 * JSON, narrow rows of numbers and timestamps.
 */
export async function fillLikeAShop(
  server: PostgresServer,
  megabytes: number,
  database?: string,
): Promise<void> {
  await server.run(
    `CREATE TABLE event (id bigint, account int, kind text, at timestamptz, payload jsonb);
     CREATE TABLE measure (id bigint, sensor int, at timestamptz, value float8);
     CREATE TABLE article (id int, title text, body text, tags text[])`,
    database,
  );
  const client = await server.connect(database);
  await client.query('SET synchronous_commit = off');
  // About 220, 63 and 1,000 bytes a row: half of the text, a quarter, a quarter.
  const rows = {
    event: (megabytes * 5e5) / 220,
    measure: (megabytes * 2.5e5) / 63,
    article: (megabytes * 2.5e5) / 1000,
  };
  await client.query(
    `INSERT INTO event SELECT g, (random() * 5e4)::int, (ARRAY['view', 'cart', 'order', 'pay'])[1 + g % 4],
            '2026-01-01'::timestamptz + g * interval '3 s',
            jsonb_build_object('session', md5((g / 9)::text), 'url', '/products/' || (random() * 1e5)::int, 'ms', (random() * 900)::int, 'agent', 'Mozilla/5.0 (X11; Linux x86_64)')
       FROM generate_series(1, ${Math.round(rows.event)}) g`,
  );
  await client.query(
    `INSERT INTO measure SELECT g, g % 900, '2026-01-01'::timestamptz + g * interval '1 s', random() * 1000
       FROM generate_series(1, ${Math.round(rows.measure)}) g`,
  );
  await client.query(
    `INSERT INTO article SELECT g, 'Article number ' || g,
            (SELECT string_agg((ARRAY['the','database','was','restored','and','every','row','came','back','before','breakfast','with','coffee'])[1 + (g * k) % 13] || CASE WHEN k % 9 = 0 THEN substr(md5((g * k)::text), 1, 6) ELSE '' END, ' ')
               FROM generate_series(1, 140) k),
            ARRAY['tag' || g % 7, 'tag' || g % 11]
       FROM generate_series(1, ${Math.round(rows.article)}) g`,
  );
  await client.query('ALTER TABLE event ADD PRIMARY KEY (id)');
  await client.query('ALTER TABLE article ADD PRIMARY KEY (id)');
  await client.query('VACUUM ANALYZE');
  await client.end();
}
