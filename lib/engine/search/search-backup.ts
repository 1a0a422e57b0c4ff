import { createHash } from 'node:crypto';
import { readChunk } from '../archive/codec/decode.ts';
import { findTables } from '../archive/find-tables.ts';
import type { Manifest, TableData } from '../archive/manifest.ts';
import { requireCondition } from '../bring-back/condition.ts';
import { readArchivedFingerprint } from '../fingerprint/read-archived-fingerprint.ts';
import { LifeboatError } from '../ground/errors.ts';
import { qualifiedName, quoteIdentifier } from '../ground/sql.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { equalitiesOf, isSteady } from './equality.ts';
import { type FilteredRows, filterRows, rowFilterOf } from './row-filter.ts';

export interface Searched {
  readonly state: 'searched' | 'no-table' | 'no-rows';
  readonly rows: number;
  /** The same for backups that have the same of these rows; undefined if nobody knows. */
  readonly digest?: string;
}

export interface SearchOptions {
  readonly store: ObjectStore;
  readonly table: string;
  readonly where: string;
  readonly directory: string;
  readonly signal: AbortSignal;
  readonly onBytes: (rawBytes: number) => void;
}

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
    const fingerprint = await readArchivedFingerprint(store, manifest, signal);
    const filters = parts.map(
      (part) =>
        this.#equalities && rowFilterOf(this.#equalities, part, fingerprint, manifest.server.encoding),
    );
    if (filters.some((filter) => filter === undefined)) return await this.#byServer(manifest, parts);
    const found: FilteredRows[] = [];
    for (const [index, part] of parts.entries()) {
      const filter = filters[index];
      if (!filter) continue;
      const places = filter.wanted.map(({ place }) => place).join(',');
      for (const chunk of part.chunks) {
        const key = [chunk.digest, chunk.rows, chunk.rawBytes, filter.fields, places].join('/');
        found.push(
          await this.#once(key, chunk.rawBytes, () => filterRows(readChunk(store, chunk, signal), filter)),
        );
      }
    }
    return summed(found);
  }

  /** Anything else than equality is evaluated as `lifeboat query` evaluates it. */
  async #byServer(manifest: Manifest, parts: readonly TableData[]): Promise<Searched> {
    const rawBytes = parts.reduce((sum, part) => sum + part.rawBytes, 0);
    const key = JSON.stringify(parts.map((part) => [part.digest, part.rows, part.rawBytes, part.columns]));
    const ask = () => {
      const asking = this.#turn.then(() => this.#query(manifest, parts));
      this.#turn = asking.catch(() => {});
      return asking;
    };
    const { rows } = this.#isSteady ? await this.#once(key, rawBytes, ask) : await ask();
    return { state: 'searched', rows };
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

function summed(found: readonly FilteredRows[]): Searched {
  const digests = found.filter(({ rows }) => rows > 0).map(({ digest }) => digest);
  return {
    state: 'searched',
    rows: found.reduce((sum, { rows }) => sum + rows, 0),
    digest: createHash('sha256').update(digests.sort().join('\n')).digest('hex'),
  };
}
