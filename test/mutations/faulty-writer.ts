import { zstdDecompressSync } from 'node:zlib';
import type { Manifest, TableData } from '../../lib/engine/archive/manifest.ts';
import { totalsOf } from '../../lib/engine/archive/totals.ts';
import { sumDigests } from '../../lib/engine/copy-text/row-digest.ts';
import { LARGE_OBJECTS, SCHEMA, tableName } from '../../lib/engine/verify/check-manifest.ts';
import type { ArchiveCopy } from '../support/archive-copy.ts';
import { compressed } from '../support/archive-fixture.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import type { GoodBackup } from './good-backup.ts';
import type { Mutant } from './mutant.ts';

type Rows = readonly string[];

/** What may happen to a table's rows before they are compressed; undefined where the rows allow no such change. */
const ROW_FAULTS: Readonly<Record<string, (rows: Rows, random: SeededRandom) => Rows | undefined>> = {
  'row lost': (rows, random) => rows.toSpliced(random.below(rows.length), 1),
  'row twice': (rows, random) => rows.toSpliced(random.below(rows.length), 0, random.pick(rows)),
  'row in place of another': (rows, random) => {
    const changed = rows.with(random.below(rows.length), random.pick(rows));
    return [...changed].sort().join('\n') === [...rows].sort().join('\n') ? undefined : changed;
  },
  'columns exchanged in one row': (rows, random) => {
    const at = random.below(rows.length);
    const fields = rows[at]?.split('\t') ?? [];
    const [first = '', ...rest] = fields;
    const changed = [...rest, first].join('\t');
    return changed === rows[at] ? undefined : rows.with(at, changed);
  },
  'columns exchanged in every row': (rows) => {
    const changed = rows.map((row) => row.split('\t').reverse().join('\t'));
    return [...changed].sort().join('\n') === [...rows].sort().join('\n') ? undefined : changed;
  },
  'value changed': (rows, random) => {
    const at = random.below(rows.length);
    const row = rows[at] ?? '';
    return row === ''
      ? undefined
      : rows.with(
          at,
          row.replace(/[^\t]$/, (last) => (last === '7' ? '8' : '7')),
        );
  },
  'NULL became an empty string': (rows) => {
    const at = rows.findIndex((row) => row.split('\t').includes('\\N'));
    return at < 0 ? undefined : rows.with(at, rows[at]?.replace('\\N', '') ?? '');
  },
};

/** What may happen to the figures of one table in a manifest that is sealed all the same. */
const TABLE_FAULTS: Readonly<Record<string, (table: TableData) => boolean>> = {
  'wrong row count of a table': (table) => changed(table, { rows: table.rows + 1 }),
  'wrong digest of a table': (table) => changed(table, { digest: '0123456789abcdef' }),
  'wrong raw bytes of a table': (table) => changed(table, { rawBytes: table.rawBytes + 1 }),
  'chunk not in the manifest': (table) => table.chunks.pop() !== undefined && table.rows > 0,
  'chunk listed twice': (table) => {
    const [first] = table.chunks;
    return first !== undefined && table.chunks.push(structuredClone(first)) > 0;
  },
  'table listed twice': () => true,
  'column listed twice': (table) =>
    table.columns.length > 0 && table.columns.push(table.columns[0] ?? '') > 0,
  'column forgotten': (table) => table.columns.length > 1 && table.columns.pop() !== undefined,
  'columns in another order': (table) => table.columns.length > 1 && table.columns.reverse().length > 0,
  'rows said to be left out': (table) =>
    table.chunks.length > 0 && changed(table, { dataLeftOut: 'no reason' }),
};

/** Page ranges that do not cover every page of a table exactly once. */
const PAGE_FAULTS: Readonly<Record<string, (table: TableData) => void>> = {
  'page range missing': (table) => {
    table.chunks.splice(1, 1);
    Object.assign(table, sumDigests(table.chunks));
  },
  'page ranges overlap': (table) => shiftPages(table, -1),
  'page ranges leave a gap': (table) => shiftPages(table, 1),
  'last page range closed': (table) => {
    const last = table.chunks.find(({ pages }) => pages?.to === null);
    if (last?.pages) last.pages.to = last.pages.from + 1;
  },
};

/** Contradictions of the manifest as a whole, and of what its scripts and its fingerprint hold. */
const WHOLE_FAULTS: ReadonlyArray<
  readonly [kind: string, names: (manifest: Manifest) => string[], fault: (copy: ArchiveCopy) => void]
> = [
  [
    'wrong total',
    inManifest,
    ({ manifest }) => {
      manifest.totals.rows += 1;
    },
  ],
  [
    'wrong total',
    inManifest,
    ({ manifest }) => {
      manifest.totals.rawBytes += 1;
    },
  ],
  [
    'wrong total',
    inManifest,
    ({ manifest }) => {
      manifest.totals.storedBytes -= 1;
    },
  ],
  [
    'sequence forgotten, totals fitting',
    inManifest,
    ({ manifest }) => {
      manifest.sequences.pop();
    },
  ],
  [
    'another backup’s manifest',
    inManifest,
    ({ manifest }) => {
      manifest.source = 'elsewhere';
    },
  ],
  [
    'another backup’s manifest',
    inManifest,
    ({ manifest }) => {
      manifest.backupId = '20200101T000000Z';
    },
  ],
  [
    'another backup’s manifest',
    inManifest,
    ({ manifest }) => {
      manifest.retentionClass = 'monthly';
    },
  ],
  [
    // A manifest that names what is not its own is no manifest of this backup.
    'another attempt’s folder',
    inManifest,
    ({ manifest }) => {
      manifest.attempt = 'aaaaaaaa';
    },
  ],
  [
    'sealed before it started',
    inManifest,
    ({ manifest }) => {
      manifest.sealedAt = '2001-01-01T00:00:00Z';
    },
  ],
  [
    'large objects lost a piece',
    () => [LARGE_OBJECTS],
    ({ manifest }) => {
      manifest.largeObjects.rows -= 1;
    },
  ],
  [
    'large objects lost a chunk',
    () => [LARGE_OBJECTS],
    ({ manifest }) => {
      manifest.largeObjects.chunks.pop();
    },
  ],
  [
    'index missing in post-data',
    () => [SCHEMA],
    withoutStatement('post-data', /CREATE (?:UNIQUE )?INDEX [^;]*;/),
  ],
  ['policy missing in post-data', () => [SCHEMA], withoutStatement('post-data', /CREATE POLICY [^;]*;/)],
  [
    'row security never switched on',
    () => [SCHEMA],
    withoutStatement('post-data', /ALTER TABLE [^;]* ENABLE ROW LEVEL SECURITY;/),
  ],
  ['trigger missing in post-data', () => [SCHEMA], withoutStatement('post-data', /CREATE TRIGGER [^;]*;/)],
  ['view missing in pre-data', () => [SCHEMA], withoutStatement('pre-data', /CREATE VIEW [^;]*;/)],
  [
    'table missing in pre-data',
    () => [SCHEMA],
    withoutStatement('pre-data', /CREATE TABLE public\.nothing [^;]*;/),
  ],
];

/** Mistakes of whoever wrote the backup: every checksum is made anew, and yet it is not whole. */
export function faultyWriter(good: GoodBackup, random: SeededRandom): Mutant[] {
  const tables = good.manifest.tables.filter(({ dataLeftOut }) => dataLeftOut === undefined);
  return [
    ...tables.flatMap((table) => rowFaults(good, table, random)),
    ...tables.flatMap((table) => tableFaults(good, table, TABLE_FAULTS)),
    ...tables
      .filter(({ chunks }) => chunks.length > 2)
      .flatMap((table) => tableFaults(good, table, pageFaults())),
    ...tables.map((table) => forgottenTable(good, table)),
    ...good.manifest.objects.flatMap((object) => objectFaults(good, object)),
    ...WHOLE_FAULTS.map(([kind, names, fault]) => resealed(good, kind, kind, names(good.manifest), fault)),
  ];
}

function rowFaults(good: GoodBackup, table: TableData, random: SeededRandom): Mutant[] {
  return table.chunks.flatMap((chunk, index) => {
    const lines = zstdDecompressSync(good.bytes(chunk.key)).toString('latin1').split('\n').slice(0, -1);
    if (lines.length === 0) return [];
    const write = (rows: Rows) => Buffer.from(rows.map((row) => `${row}\n`).join(''), 'latin1');
    const mutant = (kind: string, bytes: () => Buffer | undefined) =>
      resealed(good, kind, chunk.key, [chunk.key], (copy) => {
        const content = bytes();
        const entry = copy.manifest.tables.find((one) => tableName(one) === tableName(table))?.chunks[index];
        if (content && entry) copy.replaceFitting(entry, content);
        return content !== undefined;
      });
    const text = write(lines);
    return [
      ...Object.entries(ROW_FAULTS).map(([kind, fault]) =>
        mutant(kind, () => {
          const rows = fault(lines, random);
          return rows && compressed(write(rows));
        }),
      ),
      mutant('chunk ends within a row', () => compressed(text.subarray(0, -1))),
      mutant('two frames instead of one', () => {
        const half = text.indexOf('\n', text.length >> 1) + 1;
        return Buffer.concat([compressed(text.subarray(0, half)), compressed(text.subarray(half))]);
      }),
      mutant('frame cut, sums fitting', () => good.bytes(chunk.key).subarray(0, -2)),
      mutant('decompresses to far more', () => compressed(Buffer.alloc(1 << 22, 'a\n'))),
    ];
  });
}

function tableFaults(
  good: GoodBackup,
  table: TableData,
  faults: Readonly<Record<string, (table: TableData) => boolean | undefined>>,
): Mutant[] {
  const name = tableName(table);
  const names = [name, ...table.chunks.map(({ key }) => key)];
  return Object.entries(faults).map(([kind, fault]) =>
    resealed(good, kind, name, names, ({ manifest }) => {
      const entry = manifest.tables.find((one) => tableName(one) === name);
      if (!entry || fault(entry) === false) return false;
      if (kind === 'table listed twice') manifest.tables.push(structuredClone(entry));
      return true;
    }),
  );
}

/** With its chunks, and totals that fit: no sum tells of it. */
function forgottenTable(good: GoodBackup, table: TableData): Mutant {
  const name = tableName(table);
  return resealed(
    good,
    'table forgotten, totals fitting',
    name,
    inManifest(good.manifest),
    ({ manifest }) => {
      manifest.tables = manifest.tables.filter((one) => tableName(one) !== name);
      manifest.totals = totalsOf(manifest);
    },
  );
}

function pageFaults(): Record<string, (table: TableData) => undefined> {
  const faults = Object.entries(PAGE_FAULTS).map(([kind, fault]) => [
    kind,
    (table: TableData) => fault(table),
  ]);
  return Object.fromEntries(faults);
}

function objectFaults(good: GoodBackup, { purpose, key }: Manifest['objects'][number]): Mutant[] {
  const compressedObject = key.endsWith('.zst');
  const written = (kind: string, bytes: Buffer) =>
    resealed(good, kind, key, [key], (copy) => copy.replaceFitting(copy.object(purpose), bytes));
  return [
    // What is said then is that the manifest names none, or two, of a purpose.
    resealed(good, 'object not in the manifest', key, inManifest(good.manifest), ({ manifest }) => {
      manifest.objects = manifest.objects.filter((object) => object.purpose !== purpose);
    }),
    resealed(good, 'key climbs out of its folder', key, inManifest(good.manifest), (copy) => {
      const object = copy.object(purpose);
      object.key = object.key.replace(/[^/]+$/, '../../$&');
      copy.set(object.key, good.bytes(key));
    }),
    written('text with a NUL byte', Buffer.concat([good.bytes(key), Buffer.from('\0\n')])),
    ...(compressedObject
      ? [written('fingerprint that is none', compressed(Buffer.from('{"entries":')))]
      : [written('text that is not UTF-8', Buffer.concat([good.bytes(key), Buffer.from([0xff, 0x0a])]))]),
  ];
}

/** A copy whose manifest was changed and sealed anew. Its proof is gone: that would give every such change away. */
function resealed(
  good: GoodBackup,
  kind: string,
  where: string,
  names: readonly string[],
  fault: (copy: ArchiveCopy) => unknown,
): Mutant {
  return {
    kind: `${kind} (re-sealed)`,
    where,
    names,
    make() {
      const copy = good.copy();
      copy.store.objects.delete(good.proofKey);
      if (fault(copy) === false) return undefined;
      copy.reseal();
      return copy;
    },
  };
}

function changed(table: TableData, values: Partial<TableData>): boolean {
  Object.assign(table, values);
  return true;
}

function shiftPages(table: TableData, by: number): void {
  const middle = table.chunks.find(({ pages }) => pages !== undefined && pages.from > 0 && pages.to !== null);
  if (middle?.pages) middle.pages.from += by;
}

function withoutStatement(purpose: string, statement: RegExp) {
  return (copy: ArchiveCopy) => {
    const object = copy.object(purpose);
    const text = copy.get(object.key).toString('latin1');
    if (!statement.test(text)) throw new Error(`${purpose} holds no ${statement}`);
    copy.replaceFitting(object, Buffer.from(text.replace(statement, ''), 'latin1'));
  };
}

function inManifest(_: Manifest): string[] {
  return ['manifest.json'];
}
