import { createHash } from 'node:crypto';
import { readChunk } from '../archive/codec/decode.ts';
import { findTables } from '../archive/find-tables.ts';
import type { Manifest, TableData } from '../archive/manifest.ts';
import { requireCondition } from '../bring-back/condition.ts';
import type { Fingerprint } from '../fingerprint/fingerprint.ts';
import { heirsOf } from '../fingerprint/heirs.ts';
import { qualified } from '../fingerprint/identity.ts';
import { readArchivedFingerprint } from '../fingerprint/read-archived-fingerprint.ts';
import { LifeboatError } from '../ground/errors.ts';
import { qualifiedName, quoteIdentifier } from '../ground/sql.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { type Equality, equalitiesOf, isSteady, mistakenColumns } from './equality.ts';
import { type FilteredRows, filterRows, rowFilterOf } from './row-filter.ts';

export interface Searched {
  /** `no-column`: the table has no column that the condition names. */
  readonly state: 'searched' | 'no-table' | 'no-column' | 'no-rows';
  readonly rows: number;
  /** The same for backups that have the same of these rows; undefined if nobody knows. */
  readonly digest?: string;
  /** Why it was not searched. */
  readonly problem?: string;
  /** Tables that inherit from this one, and were not searched. */
  readonly heirs?: readonly string[];
}

export interface SearchOptions {
  readonly store: ObjectStore;
  readonly table: string;
  readonly where: string;
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly onBytes: (rawBytes: number) => void;
}

/** undefined_column */
const NO_COLUMN = '42703';
const NOTHING: FilteredRows = { rows: 0, digest: '' };

/** Searches backups for the rows of one condition. What it found in some rows it does not look for in equal rows again. */
export class BackupSearch {
  readonly #options: SearchOptions;
  readonly #equalities: ReturnType<typeof equalitiesOf>;
  readonly #isSteady: boolean;
  readonly #known = new Map<string, Promise<FilteredRows>>();
  /** The embedded server is started for one backup at a time. */
  #turn: Promise<unknown> = Promise.resolve();
  /** Bytes of COPY text that were known already. */
  reusedBytes = 0;
  /** Whether some rows could be judged by a server alone. */
  needsServer = false;

  /** The condition, if it can be looked for without a server; undefined otherwise. */
  get equalities(): readonly Equality[] | undefined {
    return this.needsServer ? undefined : this.#equalities;
  }

  constructor(options: SearchOptions) {
    requireCondition(options.where);
    this.#options = options;
    this.#equalities = equalitiesOf(options.where);
    this.#isSteady = isSteady(options.where);
  }

  async search(manifest: Manifest): Promise<Searched> {
    const { store, table, signal } = this.#options;
    let parts: readonly TableData[];
    try {
      parts = findTables(manifest, { tables: [table] });
    } catch (error) {
      if (error instanceof LifeboatError && error.code === 'table-unknown')
        return { state: 'no-table', rows: 0 };
      throw error;
    }
    if (parts.some(({ dataLeftOut }) => dataLeftOut !== undefined)) return { state: 'no-rows', rows: 0 };
    this.#refuseMistaken(parts);
    const fingerprint = await readArchivedFingerprint(store, manifest, signal);
    const heirs = heirsOf(
      fingerprint,
      parts.map(({ schema, name }) => qualified(schema, name)),
    );
    return { ...(await this.#searchParts(manifest, parts, fingerprint)), heirs };
  }

  async #searchParts(
    manifest: Manifest,
    parts: readonly TableData[],
    fingerprint: Fingerprint,
  ): Promise<Searched> {
    const { store, signal, table } = this.#options;
    const known = new Set(parts.flatMap((part) => [...part.columns, ...part.generatedColumns]));
    const missing = this.#equalities?.find(({ column }) => !known.has(column));
    if (missing) return { state: 'no-column', rows: 0, problem: `${table} has no column ${missing.column}.` };
    const filters = parts.map(
      (part) =>
        this.#equalities && rowFilterOf(this.#equalities, part, fingerprint, manifest.server.encoding),
    );
    if (filters.some((filter) => filter === undefined)) {
      this.needsServer = true;
      return await this.#byServer(manifest, parts, fingerprint);
    }
    const found: Array<FilteredRows & { readonly part: TableData }> = [];
    for (const [index, part] of parts.entries()) {
      const filter = filters[index];
      if (!filter) continue;
      const places = filter.wanted.map(({ place }) => place).join(',');
      for (const chunk of part.chunks) {
        const key = [chunk.digest, chunk.rows, chunk.rawBytes, filter.fields, places].join('/');
        const look = () => filterRows(readChunk(store, chunk, signal), filter);
        found.push({ ...(await this.#once(key, chunk.rawBytes, look)), part });
      }
    }
    return summed(found);
  }

  /** `user = 'ada'` is true for no row, or for each: nobody means that who has a column of this name. */
  #refuseMistaken(parts: readonly TableData[]): void {
    const { where, table } = this.#options;
    const columns = parts.flatMap((part) => [...part.columns, ...part.generatedColumns]);
    const [word] = mistakenColumns(where, columns);
    if (word === undefined) return;
    throw new LifeboatError({
      code: 'find-column-unquoted',
      kind: 'usage',
      what: `${table} has a column ${word.toLowerCase()}, and in SQL ${word} without quotes is not that column.`,
      meaning: 'The condition would be about something else than the rows, and find none of them.',
      remedy: `Write the column in double quotes: --where "\\"${word.toLowerCase()}\\" = '…'".`,
    });
  }

  /** Anything else than equality is evaluated as `lifeboat query` evaluates it. */
  async #byServer(
    manifest: Manifest,
    parts: readonly TableData[],
    fingerprint: Fingerprint,
  ): Promise<Searched> {
    const rawBytes = parts.reduce((sum, part) => sum + part.rawBytes, 0);
    // Equal rows of other types, or of another collation, may have another answer.
    const key = JSON.stringify(
      parts.map((part) => [part.digest, part.rows, part.rawBytes, part.columns, typesOf(part, fingerprint)]),
    );
    const ask = () => {
      const asking = this.#turn.then(() => this.#query(manifest, parts));
      this.#turn = asking.catch(() => {});
      return asking;
    };
    try {
      const { rows } = this.#isSteady ? await this.#once(key, rawBytes, ask) : await ask();
      return { state: 'searched', rows };
    } catch (error) {
      const isOfColumn =
        error instanceof LifeboatError && 'sqlState' in error && error.sqlState === NO_COLUMN;
      if (!isOfColumn) throw error;
      return { state: 'no-column', rows: 0, problem: error.what };
    }
  }

  async #query(manifest: Manifest, parts: readonly TableData[]): Promise<FilteredRows> {
    const { store, where, directory, signal } = this.#options;
    // Loaded only now: it contains a whole PostgreSQL.
    const { query } = await import('../browse/query/query.ts');
    let rows = 0;
    const taker = {
      columns: () => {},
      row: ([count]: ReadonlyArray<string | null>) => {
        rows = Number(count);
      },
    };
    const sql = `SELECT pg_catalog.count(*) ${fromWhere(parts, where)}`;
    await query({ store, place: manifest, sql, directory, signal }, taker);
    return { ...NOTHING, rows };
  }

  async #once(key: string, rawBytes: number, look: () => Promise<FilteredRows>): Promise<FilteredRows> {
    const known = this.#known.get(key);
    if (known) {
      this.reusedBytes += rawBytes;
      return await known;
    }
    const looking = look();
    this.#known.set(key, looking);
    try {
      return await looking;
    } catch (error) {
      this.#known.delete(key);
      throw error;
    } finally {
      this.#options.onBytes(rawBytes);
    }
  }
}

/** `FROM … WHERE …`: of a partitioned table all its partitions, under the name that people know. */
export function fromWhere(parts: readonly TableData[], where: string): string {
  const [first] = parts;
  if (!first) throw new TypeError('no table');
  const isTree = parts.length > 1;
  const { schema, name } = isTree && first.partitionRoot ? first.partitionRoot : first;
  const called = quoteIdentifier((first.partitionRoot ?? first).name);
  return `FROM ${isTree ? '' : 'ONLY '}${qualifiedName(schema, name)} AS ${called} WHERE ${requireCondition(where)}`;
}

function typesOf({ schema, name }: TableData, { entries }: Fingerprint): unknown[] {
  const table = qualified(schema, name);
  return entries.flatMap((entry) =>
    entry.kind === 'column' && entry.parent?.name === table
      ? [[entry.name, entry.facts.type, entry.facts.collation]]
      : [],
  );
}

/** Rows are the same only under the same names: a key that was renamed is another one to whoever looks for it. */
function summed(found: ReadonlyArray<FilteredRows & { readonly part: TableData }>): Searched {
  const digests = found.flatMap(({ rows, digest, part: { schema, name, columns } }) =>
    rows > 0 ? [`${digest} ${JSON.stringify([schema, name, columns])}`] : [],
  );
  return {
    state: 'searched',
    rows: found.reduce((sum, { rows }) => sum + rows, 0),
    digest: createHash('sha256').update(digests.sort().join('\n')).digest('hex'),
  };
}
