import type { PostgresServer } from '../support/postgres-server.ts';
import { fillLikeAShop } from './shop-like-data.ts';

/** Databases whose restores spend their time on different things. */
export const PROGRESS_SHAPES = {
  /** Events, measurements and texts, with keys, many indexes and foreign keys on them. */
  'many indexes': async (server: PostgresServer, megabytes: number, database: string) => {
    await fillLikeAShop(server, megabytes, database);
    await server.run(
      `CREATE TABLE account AS SELECT g AS id, 'account ' || g AS name, md5(g::text) AS token FROM generate_series(0, 50000) g;
       ALTER TABLE account ADD PRIMARY KEY (id);
       CREATE UNIQUE INDEX ON account (token);
       ALTER TABLE measure ADD PRIMARY KEY (id);
       ALTER TABLE event ADD FOREIGN KEY (account) REFERENCES account;
       CREATE INDEX ON event (account, at);
       CREATE INDEX ON event (kind, at);
       CREATE INDEX ON event ((payload ->> 'session'));
       CREATE INDEX ON event USING brin (at);
       CREATE INDEX ON event USING gin (payload jsonb_path_ops);
       CREATE INDEX ON measure (sensor, at);
       CREATE INDEX ON measure (value);
       CREATE INDEX ON article USING gin (tags);
       CREATE INDEX ON article USING gin (to_tsvector('pg_catalog.english', body));
       CREATE INDEX ON article (title);
       CREATE MATERIALIZED VIEW day AS SELECT date_trunc('day', at) AS day, kind, count(*) FROM event GROUP BY 1, 2`,
      database,
    );
  },
  /** Wide rows, and nothing on top of them. */
  'wide rows': async (server: PostgresServer, megabytes: number, database: string) => {
    const columns = Array.from({ length: 40 }, (_, at) => `c${at} text`).join(', ');
    await server.run(
      `CREATE TABLE wide_a (id int, ${columns}); CREATE TABLE wide_b (id int, ${columns}); CREATE TABLE document (id int, body text)`,
      database,
    );
    const values = Array.from({ length: 40 }, (_, at) => `md5((g * ${at + 1})::text)`).join(', ');
    const rows = Math.round((megabytes * 1e6 * 0.4) / 1320);
    for (const table of ['wide_a', 'wide_b'])
      await server.run(
        `INSERT INTO ${table} SELECT g, ${values} FROM generate_series(1, ${rows}) g`,
        database,
      );
    await server.run(
      `INSERT INTO document SELECT g, (SELECT string_agg(md5((g * k)::text), ' ') FROM generate_series(1, 600) k)
         FROM generate_series(1, ${Math.round((megabytes * 1e6 * 0.2) / 19_800)}) g`,
      database,
    );
  },
  /** One narrow table, whose indexes take longer than its rows. */
  'indexes first': async (server: PostgresServer, megabytes: number, database: string) => {
    await server.run(
      `CREATE TABLE visit (id bigint, person int, place int, at timestamptz, code text, amount numeric(10, 2));
       INSERT INTO visit SELECT g, (random() * 1e6)::int, (random() * 1000)::int, '2026-01-01'::timestamptz + random() * interval '300 d',
              substr(md5(g::text), 1, 12), (random() * 1e5)::numeric(10, 2)
         FROM generate_series(1, ${Math.round((megabytes * 1e6) / 66)}) g;
       ALTER TABLE visit ADD PRIMARY KEY (id);
       CREATE INDEX ON visit (person, at);
       CREATE INDEX ON visit (place, at);
       CREATE INDEX ON visit (at);
       CREATE INDEX ON visit (code);
       CREATE INDEX ON visit (amount);
       CREATE INDEX ON visit (lower(code));
       CREATE INDEX ON visit USING hash (person)`,
      database,
    );
  },
} as const;
export type ProgressShape = keyof typeof PROGRESS_SHAPES;
