import type { BackupPlace } from '../../../lib/engine/archive/keys.ts';
import { connectionSettings } from '../../../lib/engine/connection/connection-settings.ts';
import { parseMasks } from '../../../lib/engine/masking/rules/masks-file.ts';
import type { RefreshRequest } from '../../../lib/engine/refresh/refresh-request.ts';
import { type PostgresServer, startPostgres } from '../postgres-server.ts';
import { takeBackup, testVault } from '../vaults.ts';

const SCHEMA = `
  CREATE DOMAIN mail AS varchar(60) CHECK (VALUE LIKE '%@%');
  CREATE TABLE users (id int PRIMARY KEY, email mail NOT NULL UNIQUE, name text, code varchar(8), tags text[], facts jsonb, born date,
    lowered text GENERATED ALWAYS AS (lower(email)) STORED);
  INSERT INTO users SELECT n, 'Person.' || n || '@secret' || n || '.org', CASE WHEN n % 7 > 0 THEN E'Na\\tme ' || n || '\\\\x' END, 'c' || n, ARRAY['call 0900-' || n, NULL, 'x"y'],
    jsonb_build_object('mail', 'person' || n || '@secret.org', 'n', 12345678901234567890, 'list', jsonb_build_array(jsonb_build_object('ip', '10.1.2.' || n % 255))), '1980-05-05'::date + n FROM generate_series(1, 300) n;
  CREATE TABLE orders (id int PRIMARY KEY, email mail REFERENCES users (email), amount numeric) PARTITION BY RANGE (id);
  CREATE TABLE orders_1 PARTITION OF orders FOR VALUES FROM (0) TO (200);
  CREATE TABLE orders_2 PARTITION OF orders FOR VALUES FROM (200) TO (1000);
  INSERT INTO orders SELECT id, email, id FROM users;
  CREATE TABLE notes (id int PRIMARY KEY, body text);
  INSERT INTO notes VALUES (1, 'nothing'), (2, 'wrote to Person.17@secret17.org, twice');
  CREATE TABLE sessions (token text, user_id int REFERENCES users);
  INSERT INTO sessions SELECT 'token-' || id, id FROM users;
  CREATE MATERIALIZED VIEW mails AS SELECT email FROM users;
  CREATE TABLE empty (secret text)`;

const ROLES = {
  id: 'keep',
  email: { fake: 'email' },
  name: { fake: 'name' },
  code: 'hash',
  tags: { partial: 'last4' },
  facts: { json: { mail: { fake: 'email' }, 'list.*.ip': { partial: 'network' } } },
  born: { partial: 'year' },
} as const;
export const MASKS = {
  version: 1,
  tables: {
    'public.users': ROLES,
    'public.orders': { id: 'keep', email: { fake: 'email' }, amount: 'keep' },
    'public.notes': { id: 'keep', body: { fake: 'text' } },
    'public.sessions': 'exclude',
  },
} as const;

export const TABLES = MASKS.tables as unknown as Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A shop with secrets in it, a backup of it, and a server for staging: the same one. */
export interface StagingWorld {
  readonly server: PostgresServer;
  readonly place: BackupPlace;
  readonly store: RefreshRequest['store'];
  asked(database: string, masks?: unknown): RefreshRequest;
  rows(database: string, sql: string): Promise<unknown[][]>;
  /** The databases whose names begin with `stag`. */
  databases(): Promise<unknown[]>;
  stop(): Promise<void>;
}

export async function openStagingWorld(): Promise<StagingWorld> {
  const [server, vault] = await Promise.all([startPostgres({ major: 17 }), testVault()]);
  await server.run('CREATE DATABASE shop');
  await server.run(SCHEMA, 'shop');
  const { place } = await takeBackup(server.url('shop'), vault);
  const rows = async (database: string, sql: string) => {
    const client = await server.connect(database);
    try {
      return (await client.query({ text: sql, rowMode: 'array' })).rows as unknown[][];
    } finally {
      await client.end();
    }
  };
  return {
    server,
    place,
    store: vault.store,
    asked: (database, masks = MASKS) => ({
      store: vault.store,
      place,
      settings: connectionSettings(server.url(database)),
      masks: parseMasks(JSON.stringify(masks)),
      key: 'a key that is long enough',
      intoExisting: false,
      keepsFormer: false,
      unproven: true,
      signal: new AbortController().signal,
    }),
    rows,
    databases: async () =>
      (await rows('postgres', 'SELECT datname FROM pg_database ORDER BY 1'))
        .flat()
        .filter((name) => /^stag/.test(String(name))),
    stop: async () => {
      await server.stop();
      vault.remove();
    },
  };
}
