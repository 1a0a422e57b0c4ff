import { createHash } from 'node:crypto';
import { constants, zstdCompressSync } from 'node:zlib';
import { encrypt } from '../../lib/engine/age/encrypt.ts';
import type { Recipients } from '../../lib/engine/age/recipients.ts';
import { attemptPrefix, type BackupPlace, chunkName, manifestKey } from '../../lib/engine/archive/keys.ts';
import {
  AGE_FORMAT,
  type Chunk,
  formatFor,
  formatManifest,
  type Manifest,
  type ObjectPurpose,
  type TableData,
} from '../../lib/engine/archive/manifest.ts';
import { totalsOf } from '../../lib/engine/archive/totals.ts';
import {
  type ContentDigest,
  EMPTY_DIGEST,
  RowDigest,
  sumDigests,
} from '../../lib/engine/copy-text/row-digest.ts';
import { serializeFingerprint } from '../../lib/engine/fingerprint/serialize-fingerprint.ts';
import { writeRecoveryGuide } from '../../lib/engine/handover/recovery-guide.ts';
import { writeRestoreScript } from '../../lib/engine/handover/restore-script.ts';
import type { UnsealedBackup } from '../../lib/engine/handover/unsealed-backup.ts';
import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';

export const FIXTURE_PLACE: BackupPlace = {
  retentionClass: 'daily',
  source: 'shop',
  backupId: '20261120T020000Z',
};
export const FIXTURE_ATTEMPT = 'k3f9aqxz';

/** A schema and a table whose names try to get out of every kind of quotes there is. */
export const NASTY_SCHEMA = `we"ird $(touch pwned) 'schema'`;
export const NASTY_TABLE = `ta;b \`touch pwned\` \\ "x"\n'EOF'\n-- $HOME :'USER' %s 表`;
export const NASTY_COLUMNS = [`co"l'umn\n$1`, `:"HOST" \\gexec`, 'ünï'];

/** One table of the fixture: rows are fields as people see them, null for NULL. */
export interface FixtureTable {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly generatedColumns?: readonly string[];
  readonly partitionRoot?: { schema: string; name: string };
  readonly dataLeftOut?: string;
  /** One element for each chunk; several become page ranges of 100 pages. */
  readonly chunks: ReadonlyArray<ReadonlyArray<ReadonlyArray<string | null>>>;
}

export const FIXTURE_TABLES: readonly FixtureTable[] = [
  {
    schema: 'public',
    name: 'users',
    columns: ['id', 'name', 'born'],
    generatedColumns: ['shout'],
    chunks: [
      [
        ['1', 'Ada', '1815-12-10'],
        ['2', 'tab\there, line\nthere, back\\slash', null],
        ['3', '', '2000-02-29'],
        ['4', '\\N is not NULL, and \\. is no end', '2026-11-20'],
        ['5', 'käse 表 😀', null],
      ],
    ],
  },
  {
    schema: 'public',
    name: 'events',
    columns: ['id', 'payload'],
    chunks: [numbered(1, 400), numbered(401, 700), numbered(701, 1000)],
  },
  {
    schema: NASTY_SCHEMA,
    name: NASTY_TABLE,
    columns: NASTY_COLUMNS,
    chunks: [
      [
        ['$(touch pwned)', '`touch pwned`', "'; DROP TABLE public.users; --"],
        ['\\.', '\r\n', null],
      ],
    ],
  },
  { schema: 'public', name: 'nothing', columns: [], chunks: [[[], [], []]] },
  { schema: 'public', name: 'computed', columns: [], generatedColumns: ['always'], chunks: [[[], []]] },
  { schema: 'public', name: 'empty', columns: ['id'], chunks: [[]] },
  {
    schema: 'public',
    name: 'mood_0',
    columns: ['how', 'note'],
    partitionRoot: { schema: 'public', name: 'mood' },
    chunks: [
      [
        ['sad', 'a'],
        ['ok', 'b'],
      ],
    ],
  },
  {
    schema: 'public',
    name: 'mood_1',
    columns: ['how', 'note'],
    partitionRoot: { schema: 'public', name: 'mood' },
    chunks: [[['happy', 'c']]],
  },
  { schema: 'public', name: 'log', columns: ['line'], dataLeftOut: 'unlogged', chunks: [] },
];

export const FIXTURE_LARGE_OBJECTS = new Map([
  [16401, Buffer.alloc(5000, 'lifeboat ')],
  [16402, Buffer.from([0, 1, 2, 0xff])],
]);

const PRE_DATA = `
CREATE SCHEMA ${quoted(NASTY_SCHEMA)};
ALTER SCHEMA ${quoted(NASTY_SCHEMA)} OWNER TO shop_owner;
CREATE TYPE public.how AS ENUM ('sad', 'ok', 'happy');
CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS $_$
BEGIN
\\restrict is only text here
  RAISE EXCEPTION 'a trigger ran while rows were loaded';
END $_$;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.users (
    id integer NOT NULL,
    name text,
    born date,
    shout text GENERATED ALWAYS AS (upper(name)) STORED
);
ALTER TABLE public.users OWNER TO shop_owner;
CREATE SEQUENCE public.users_id_seq AS integer START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
CREATE TABLE public.events (id bigint, payload text);
CREATE TABLE ${quoted(NASTY_SCHEMA)}.${quoted(NASTY_TABLE)} (${NASTY_COLUMNS.map((name) => `${quoted(name)} text`)});
CREATE TABLE public.nothing ();
CREATE TABLE public.computed (always integer GENERATED ALWAYS AS (7) STORED);
CREATE TABLE public.empty (id integer);
CREATE TABLE public.mood (how public.how, note text) PARTITION BY HASH (how);
CREATE TABLE public.mood_0 (how public.how, note text);
CREATE TABLE public.mood_1 (how public.how, note text);
ALTER TABLE ONLY public.mood ATTACH PARTITION public.mood_0 FOR VALUES WITH (modulus 2, remainder 0);
ALTER TABLE ONLY public.mood ATTACH PARTITION public.mood_1 FOR VALUES WITH (modulus 2, remainder 1);
CREATE UNLOGGED TABLE public.log (line text);
`;

const POST_DATA = `
ALTER TABLE ONLY public.users ADD CONSTRAINT users_pkey PRIMARY KEY (id);

--
-- Name: events_payload; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX events_payload ON public.events USING btree (payload);
CREATE TRIGGER users_touch BEFORE INSERT ON public.users FOR EACH ROW EXECUTE FUNCTION public.touch();

--
-- Name: users own; Type: POLICY; Schema: public; Owner: postgres
--

CREATE POLICY own ON public.users USING ((name = CURRENT_USER));
ALTER TABLE public.users ENABLE ROW LEVEL SECURITY;
`;

const FINGERPRINT = serializeFingerprint({
  format: 1,
  serverVersionNumber: 150_004,
  entries: [
    { kind: 'index', name: 'public.events_payload', facts: {} },
    { kind: 'index', name: 'public.events_broken', facts: { invalid: true } },
    { kind: 'policy', name: 'own on public.users', facts: {} },
  ],
});

export interface FixtureOptions {
  readonly place?: BackupPlace;
  readonly attempt?: string;
  readonly tables?: readonly FixtureTable[];
  /** Objects of the source's catalog to take instead of the fixture's own. */
  readonly texts?: Partial<Record<ObjectPurpose, string | Buffer>>;
  /** False: everything but the manifest, as an attempt that died. */
  readonly seal?: boolean;
  readonly serverMajor?: number;
  readonly encoding?: string;
  readonly largeObjects?: ReadonlyMap<number, Buffer>;
  /** Encrypts everything but the script, the guide and the manifest. */
  readonly recipients?: Recipients;
  /** Changes what the script, the guide and the manifest say. */
  readonly edit?: (backup: UnsealedBackup) => UnsealedBackup;
}

export interface FixtureArchive {
  readonly place: BackupPlace;
  readonly manifest: Manifest;
  /** The key of the object with this purpose. */
  keyOf(purpose: ObjectPurpose): string;
  table(schema: string, name: string): TableData;
}

/** Writes a small archive that is valid in all parts, without a database. */
export async function writeFixtureArchive(
  store: ObjectStore,
  options: FixtureOptions = {},
): Promise<FixtureArchive> {
  const { place = FIXTURE_PLACE, attempt = FIXTURE_ATTEMPT, encoding = 'UTF8', serverMajor = 15 } = options;
  const folder = attemptPrefix(place, attempt);
  const { recipients } = options;
  async function put(name: string, bytes: Buffer) {
    const isPlain = recipients === undefined || ['RECOVERY.md', 'restore.sh'].includes(name);
    const stored = isPlain ? bytes : await encrypted(recipients, bytes);
    const key = `${folder}${name}${isPlain ? '' : '.age'}`;
    await store.put(key, stored);
    return { key, sizeBytes: stored.length, sha256: sha256(stored) };
  }
  async function putText(purpose: ObjectPurpose, name: string, text: string | Buffer) {
    return { purpose, ...(await put(name, Buffer.from(options.texts?.[purpose] ?? text))) };
  }
  async function putChunk(name: string, text: Buffer): Promise<Chunk> {
    return { ...(await put(name, compressed(text))), ...(await digestOf(text)) };
  }

  const tables: TableData[] = [];
  for (const [index, table] of (options.tables ?? FIXTURE_TABLES).entries()) {
    const chunks: Chunk[] = [];
    for (const [piece, rows] of table.chunks.entries()) {
      const range = table.chunks.length > 1 ? piece + 1 : undefined;
      const name = chunkName(index + 1, table.schema, table.name, range);
      const chunk = await putChunk(name, copyText(rows));
      const last = piece === table.chunks.length - 1;
      const pages = { from: piece * 100, to: last ? null : (piece + 1) * 100 };
      chunks.push(range === undefined ? chunk : { ...chunk, pages });
    }
    const { schema, name, columns, generatedColumns = [], partitionRoot, dataLeftOut } = table;
    tables.push({
      ...{ schema, name, columns: [...columns], generatedColumns: [...generatedColumns] },
      ...(partitionRoot ? { partitionRoot } : {}),
      ...(dataLeftOut ? { dataLeftOut } : {}),
      ...(chunks.length === 0 ? EMPTY_DIGEST : sumDigests(chunks)),
      chunks,
    });
  }

  const largeObjects = options.largeObjects ?? FIXTURE_LARGE_OBJECTS;
  const pieces = [...largeObjects].flatMap(([loid, content]) =>
    Array.from({ length: Math.ceil(content.length / 2048) }, (_, index) => [
      String(loid),
      String(index * 2048),
      `\\x${content.subarray(index * 2048, (index + 1) * 2048).toString('hex')}`,
    ]),
  );
  const largeChunks =
    pieces.length === 0 ? [] : [await putChunk('large-objects/0001.copy.zst', copyText(pieces))];

  const objects = [
    await putText('roles', 'roles.sql', 'CREATE ROLE shop_owner;\n'),
    await putText('database', 'database.sql', "SELECT pg_catalog.set_config('a.b', 'c', false);\n"),
    await putText('pre-data', 'pre-data.sql', PRE_DATA),
    await putText(
      'sequences',
      'sequences.sql',
      "SELECT pg_catalog.setval('public.users_id_seq', 42, true);\n",
    ),
    await putText('post-data', 'post-data.sql', POST_DATA),
    await putText('fingerprint', 'fingerprint.json.zst', compressed(Buffer.from(FINGERPRINT))),
    await putText(
      'large-object-metadata',
      'large-objects/metadata.sql',
      [...largeObjects.keys()].map((loid) => `SELECT pg_catalog.lo_create('${loid}');\n`).join(''),
    ),
  ];
  const described: UnsealedBackup = {
    ...place,
    attempt,
    scope: 'full',
    startedAt: '2026-11-20T02:00:00.000Z',
    lifeboatVersion: '0.1.0',
    pgDumpVersion: '18.3',
    server: {
      version: `${serverMajor}.4`,
      versionNumber: serverMajor * 10_000 + 4,
      hostProfile: 'plain',
      database: 'shop',
      encoding,
      localeProvider: 'libc',
      collate: 'C',
      ctype: 'C',
      locale: null,
      icuRules: null,
      systemIdentifier: '7436912345678901234',
      timeline: 1,
      standby: false,
    },
    snapshot: { takenAt: '2026-11-20T02:00:01.000Z', snapshot: '740:740:', lsn: '0/1A2B3C8' },
    tables,
    sequences: [{ schema: 'public', name: 'users_id_seq', lastValue: '42', isCalled: true }],
    largeObjects: { count: largeObjects.size, ...sumDigests(largeChunks), chunks: largeChunks },
    objects,
    extensions: [{ name: 'plpgsql', version: '1.0', schema: 'pg_catalog' }],
    roles: ['shop_owner'],
    leftOut: [{ name: 'public.log', what: 'rows', reason: 'unlogged table' }],
    placeholders: [],
    ...(recipients ? { encryption: { format: AGE_FORMAT, recipients: [...recipients] } } : {}),
  };
  const unsealed = options.edit?.(described) ?? described;
  const closing = [
    await putText('recovery-guide', 'RECOVERY.md', writeRecoveryGuide(unsealed, { vaultUrl: store.url })),
    await putText('restore-script', 'restore.sh', writeRestoreScript(unsealed)),
  ];
  const complete = { ...unsealed, objects: [...unsealed.objects, ...closing] };
  const manifest: Manifest = {
    ...complete,
    format: formatFor(complete.tables),
    sealedAt: '2026-11-20T02:00:05.000Z',
    durationMs: 5000,
    totals: totalsOf(complete),
  };
  if (options.seal !== false) await store.put(manifestKey(place), formatManifest(manifest));
  return {
    place,
    manifest,
    keyOf: (purpose) => found(complete.objects.find((object) => object.purpose === purpose)).key,
    table: (schema, name) => found(tables.find((table) => table.schema === schema && table.name === name)),
  };
}

/** COPY's text format (PostgreSQL manual, COPY, File Formats). */
export function copyText(rows: ReadonlyArray<ReadonlyArray<string | null>>): Buffer {
  const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
  const field = (value: string | null) =>
    value === null ? '\\N' : value.replace(/[\\\t\n\r]/g, (character) => escapes[character] ?? character);
  return Buffer.from(rows.map((row) => `${row.map(field).join('\t')}\n`).join(''));
}

export async function encrypted(recipients: Recipients, content: Buffer): Promise<Buffer> {
  async function* whole() {
    yield content;
  }
  return Buffer.concat(await Array.fromAsync(encrypt(recipients, whole())));
}

/** One frame with a checksum. */
export function compressed(text: Buffer, level = 3): Buffer {
  const { ZSTD_c_checksumFlag, ZSTD_c_compressionLevel } = constants;
  return zstdCompressSync(text, { params: { [ZSTD_c_checksumFlag]: 1, [ZSTD_c_compressionLevel]: level } });
}

export async function digestOf(text: Buffer): Promise<ContentDigest> {
  const digest = new RowDigest();
  digest.update(text);
  return digest.finish();
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function numbered(from: number, to: number): string[][] {
  return Array.from({ length: to - from + 1 }, (_, index) => [String(from + index), `event ${from + index}`]);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function found<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('the fixture has no such part');
  return value;
}
