import type { Manifest, TableData } from '../../archive/manifest.ts';
import { readScript } from '../../archive/read-script.ts';
import { majorOf } from '../../connection/server-major.ts';
import { qualifiedName, quoteIdentifier } from '../../ground/sql.ts';
import { disposableSession } from '../../replay/disposable-session.ts';
import type { PlannedMoment } from '../../replay/plan/moment.ts';
import { replayMoment } from '../../replay/replay-moment.ts';
import type { RowsPlace } from '../../replay/replayed-table.ts';
import { BARE_SCHEMA } from '../../rows/bare-table.ts';
import { nameOfConstraint } from '../../rows/lifted-constraints.ts';
import { loadRows, type RowsOutcome } from '../../rows/load-rows.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { applyScript, openSchemaContext, type SchemaContext } from '../../target/apply/apply-schema.ts';
import { type EmbeddedTarget, openEmbeddedTarget } from '../../target/embedded/open-embedded-target.ts';
import { TargetStatementError } from '../../target/target.ts';
import type { MissingRelation } from './missing-relation.ts';
import { readableSchema } from './readable-schema.ts';
import { createReader, grantReading, type NamedRelation, unreadRelations } from './reader-role.ts';
import { requireRoom } from './require-room.ts';
import { databaseSearchPath } from './search-path.ts';
import { tableKeys } from './table-keys.ts';

export interface CopyRequest {
  readonly store: ObjectStore;
  readonly manifest: Manifest;
  /** Changes are replayed onto the rows of each table that is loaded. */
  readonly moment?: PlannedMoment | undefined;
  /** Parent of the embedded server's data directory. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

export interface LoadOptions {
  readonly signal: AbortSignal;
  readonly onTable?: (table: TableData) => void;
  readonly onBytes?: (rawBytes: number) => void;
  /** Called with a sentence about a loaded table that differs from the source. */
  readonly onNotice?: (notice: string) => void;
}

export interface OpenOptions extends LoadOptions {
  /** A statement does not load more COPY text than this. */
  readonly mostBytes: number;
  /** Called before anything is fetched. */
  readonly onLoad: (tables: readonly TableData[]) => void;
}

/** The result of an attempt to open a missing relation. */
export type Opened =
  | { readonly kind: 'opened' }
  /** The backup does not have it: the server's own error is right. */
  | { readonly kind: 'unknown' }
  /** The backup has it, but it cannot be read; `reason` is a sentence. */
  | { readonly kind: 'unreadable'; readonly reason: string };

/** Smaller tables get keys and indexes with their rows; larger ones get them when the server is idle. */
const MOST_INDEXED_AT_ONCE_BYTES = 8 * 1024 * 1024;

/**
 * A backup in an embedded server: its whole schema, and the rows of the tables that were asked for. The
 * reader may not read a table whose rows are not loaded. Everything here runs as the server's owner.
 */
export class BackupCopy implements AsyncDisposable {
  readonly target: EmbeddedTarget;
  readonly manifest: Manifest;
  /** The role that owns everything in the copy. */
  readonly owner: string;
  /** The settings of a new session in the source's database on which reading depends. */
  readonly defaults: ReadonlyMap<string, string>;
  /** The objects that the embedded server could not create, a sentence each. */
  readonly lacks: readonly string[];
  /** The differences between loaded tables and the source, a sentence each. */
  readonly notices: string[] = [];
  readonly #store: ObjectStore;
  readonly #moment: PlannedMoment | undefined;
  readonly #databaseSql: string;
  readonly #directory: string;
  readonly #context: SchemaContext;
  readonly #keys: ReadonlyMap<string, readonly string[]>;
  readonly #outcomes = new Map<TableData, RowsOutcome>();
  /** Partitions that are detached here, because their bounds refuse some of their own rows. */
  readonly #detached = new Set<TableData>();
  readonly #postponed: string[] = [];

  private constructor(
    request: CopyRequest,
    made: Pick<BackupCopy, 'target' | 'defaults' | 'lacks'> & {
      context: SchemaContext;
      postData: string;
      database: string;
    },
  ) {
    this.#store = request.store;
    this.manifest = request.manifest;
    this.#moment = request.moment;
    this.#directory = request.directory;
    this.target = made.target;
    this.defaults = made.defaults;
    this.lacks = made.lacks;
    this.owner = made.context.sessionUser;
    this.#context = made.context;
    this.#databaseSql = made.database;
    this.#keys = tableKeys(made.postData);
  }

  /** Starts the server and creates the schema, without any rows. */
  static async open(request: CopyRequest): Promise<BackupCopy> {
    const { store, manifest, directory, signal } = request;
    await requireRoom(directory, []);
    const files = Promise.all(
      (['database', 'pre-data', 'sequences', 'post-data'] as const).map((purpose) =>
        readScript(store, manifest, purpose, signal),
      ),
    );
    // Awaited below; the server starts in the meantime.
    files.catch(() => {});
    const target = await openEmbeddedTarget({
      directory,
      signal,
      locale: manifest.server,
      extensions: manifest.extensions.map(({ name }) => name),
    });
    try {
      const [database = '', preData = '', sequences = '', postData = ''] = await files;
      const context = await openSchemaContext(target, {
        scripts: [preData, postData],
        defaultOrderIsExact: target.defaultOrderIsExact,
        sourceMajor: majorOf(manifest.server),
        extensions: manifest.extensions,
        roles: manifest.roles,
      });
      const applied = await applyScript(target, readableSchema(preData), context, { signal });
      await applyScript(target, sequences, context, { signal });
      await createReader(target);
      const lost = [...applied.failed, ...applied.skipped].filter(({ lost }) => lost === 'object');
      const lacks = lost.map(
        (one) => `${one.kind} ${one.name}: ${'reason' in one ? one.reason : one.message}`,
      );
      const defaults = await databaseSearchPath(target, database);
      await target.execute('CHECKPOINT');
      return new BackupCopy(request, { target, defaults, lacks, context, postData, database });
    } catch (error) {
      await target.close();
      throw error;
    }
  }

  isLoaded(table: TableData): boolean {
    return this.#outcomes.has(table);
  }

  /** Where a loaded table's rows are. Undefined if they could not be loaded. */
  placeOf(table: TableData): RowsPlace | undefined {
    const outcome = this.#outcomes.get(table);
    if (outcome?.state === 'loaded') return { schema: outcome.at.schema, name: outcome.at.table };
    if (outcome?.state !== 'through-root' || !table.partitionRoot) return undefined;
    return { ...table.partitionRoot, isTree: true };
  }

  /** Fetches and loads the rows of these tables, each once. Tables that cannot be loaded stay unreadable. */
  async load(tables: readonly TableData[], options: LoadOptions): Promise<void> {
    const wanted = tables.filter((table) => !this.isLoaded(table));
    if (wanted.length === 0) return;
    await requireRoom(this.#directory, wanted);
    for (const table of wanted) {
      const outcomes = await loadRows({
        store: this.#store,
        manifest: { ...this.manifest, tables: [table] },
        target: this.target,
        context: this.#context,
        signal: options.signal,
        onTable: () => {},
        onBytes: (rawBytes) => options.onBytes?.(rawBytes),
        databaseSql: this.#databaseSql,
        // No later write could violate a constraint, so none is created again.
        refused: {
          makesAgain: false,
          onLifted: (_, lifted) => {
            if (lifted.some(({ object }) => object.kind === 'table')) this.#detached.add(table);
            this.#notice(readWithout(table, lifted.map(nameOfConstraint)), options);
          },
        },
      });
      const outcome = outcomes.get(table);
      if (!outcome) continue;
      this.#outcomes.set(table, await this.#moveIntoPlace(table, outcome, options));
    }
    if (this.#moment) await this.#replay(this.#moment, wanted, options);
    for (const table of wanted) {
      if (this.#whyClosed(table) === undefined) await this.#open(table);
      options.onTable?.(table);
    }
    // The checkpoint keeps these rows if the server's thread ends.
    await this.target.execute('CHECKPOINT');
  }

  /**
   * Loads the relation whose absence made the server refuse a statement. `names` are the names in the
   * statement: they tell which schema is meant if several have a table of that name.
   */
  async openRelation(
    missing: MissingRelation,
    names: ReadonlySet<string>,
    options: OpenOptions,
  ): Promise<Opened> {
    const relations = narrow(
      missing.exists ? await unreadRelations(this.target, missing.name) : this.#unmade(missing),
      names,
    );
    if (relations.length === 0) return { kind: 'unknown' };
    const tables = relations.flatMap((relation) => relation.tables);
    const data = this.manifest.tables.filter(
      (table) =>
        tables.some((name) => isSame(name, table)) ||
        // A partition that is detached here still belongs to its tree.
        (this.#detached.has(table) && relations.some((one) => isRootOf(one, table))),
    );
    const wanted = data.filter((table) => !this.isLoaded(table));
    const rawBytes = wanted.reduce((sum, table) => sum + table.rawBytes, 0);
    if (rawBytes > options.mostBytes) return { kind: 'unreadable', reason: tooLarge(relations, rawBytes) };
    if (wanted.length > 0) options.onLoad(wanted);
    await this.load(wanted, options);
    const closed = data
      .filter((table) => !this.#showsIn(table, relations))
      .map((table) => this.#whyClosed(table) ?? outOfItsTree(table));
    if (closed[0] !== undefined) return { kind: 'unreadable', reason: closed[0] };
    if (missing.exists) await grantReading(this.target, relations);
    return { kind: 'opened' };
  }

  /** Whether some keys and indexes are still to be created. */
  get hasPostponed(): boolean {
    return this.#postponed.length > 0;
  }

  /** Creates one of the postponed keys and indexes. */
  async makeNextIndex(): Promise<void> {
    const statement = this.#postponed.shift();
    if (statement === undefined) return;
    await this.#make(statement);
    if (!this.hasPostponed) await this.target.execute('CHECKPOINT');
  }

  close(): Promise<void> {
    return this.target.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Brings these tables to the moment: their changes are replayed onto the rows of the base. */
  async #replay(moment: PlannedMoment, tables: readonly TableData[], { signal }: LoadOptions): Promise<void> {
    const places = new Map<string, RowsPlace>();
    for (const table of tables) {
      const place = this.placeOf(table);
      if (place) places.set(`${table.schema}.${table.name}`, place);
    }
    await replayMoment({
      store: this.#store,
      moment,
      session: disposableSession(this.target, this.manifest.server.encoding),
      signal,
      placeOf: ({ schema, name }) => places.get(`${schema}.${name}`),
    });
    await this.target.execute('DISCARD TEMP');
  }

  async #open(table: TableData): Promise<void> {
    await grantReading(this.target, [table]);
    const name = qualifiedName(table.schema, table.name);
    const statements = [...(this.#keys.get(name) ?? []), `ANALYZE ${name}`];
    if (table.rawBytes > MOST_INDEXED_AT_ONCE_BYTES) this.#postponed.push(...statements);
    else for (const statement of statements) await this.#make(statement);
  }

  /** Runs a statement; false if the server refused it. A missing key makes queries slow, but no row wrong. */
  async #make(statement: string): Promise<boolean> {
    try {
      await this.target.execute(statement);
      return true;
    } catch (error) {
      if (error instanceof TargetStatementError) return false;
      throw error;
    }
  }

  /**
   * Gives a bare table the name of its real one, if the rows had to go there because the real table could not
   * be created or refused them. An existing real table is moved away, with what depends on it, and nobody may
   * read it any more.
   */
  async #moveIntoPlace(table: TableData, outcome: RowsOutcome, options: LoadOptions): Promise<RowsOutcome> {
    if (outcome.state !== 'loaded' || outcome.elsewhere === undefined) return outcome;
    const { schema, name } = table;
    const { at, expected, elsewhere } = outcome;
    const isMade = this.#context.leftOut.get('table', `${schema}.${name}`) === undefined;
    if (isMade) {
      const aside = `${at.table}_refused`;
      if (
        !(await this.#make(`ALTER TABLE ${qualifiedName(schema, name)} RENAME TO ${quoteIdentifier(aside)}`))
      )
        return outcome;
      await this.#make(
        `ALTER TABLE ${qualifiedName(schema, aside)} SET SCHEMA ${quoteIdentifier(BARE_SCHEMA)}`,
      );
      this.#notice(readBare(table, elsewhere), options);
    }
    await this.target.execute(
      `ALTER TABLE ${qualifiedName(at.schema, at.table)} SET SCHEMA ${quoteIdentifier(schema)}`,
    );
    await this.target.execute(
      `ALTER TABLE ${qualifiedName(schema, at.table)} RENAME TO ${quoteIdentifier(name)}`,
    );
    return { state: 'loaded', at: { ...at, schema, table: name }, expected };
  }

  #notice(notice: string, { onNotice }: LoadOptions): void {
    this.notices.push(notice);
    onNotice?.(notice);
  }

  /** Why a table must not be read by its own name: a sentence; undefined if it may be read. */
  #whyClosed(table: TableData): string | undefined {
    const outcome = this.#outcomes.get(table);
    const name = `${table.schema}.${table.name}`;
    switch (outcome?.state) {
      case 'loaded':
        if (outcome.elsewhere === undefined) return undefined;
        return `the rows of ${name} are in ${outcome.at.schema}.${outcome.at.table}: ${outcome.elsewhere}`;
      case 'through-root':
        return `the rows of ${name} are spread over other partitions here: read the partitioned table instead`;
      case undefined:
        return `${name} is not loaded`;
      default:
        return `${name}: ${outcome?.reason}`;
    }
  }

  /** Whether a table's rows show in these relations. In a partitioned table any partition may hold them. */
  #showsIn(table: TableData, relations: readonly NamedRelation[]): boolean {
    const isPart = !relations.some((relation) => isSame(relation, table));
    const state = this.#outcomes.get(table)?.state;
    if (isPart && this.#detached.has(table)) return false;
    return this.#whyClosed(table) === undefined || (isPart && state === 'through-root');
  }

  /** Tables of the backup that could not be created here, so that no relation has their name. */
  #unmade({ schema, name }: MissingRelation): Array<NamedRelation & { tables: readonly NamedRelation[] }> {
    return this.manifest.tables
      .filter((table) => table.name === name && (schema === undefined || table.schema === schema))
      .filter((table) => !this.isLoaded(table))
      .map((table) => ({ schema: table.schema, name, tables: [table] }));
  }
}

/** If several schemas have a table of that name: those whose schema the statement names, or else all. */
function narrow<Relation extends NamedRelation>(
  relations: readonly Relation[],
  names: ReadonlySet<string>,
): readonly Relation[] {
  const named = relations.filter(({ schema }) => names.has(schema));
  return named.length > 0 ? named : relations;
}

function isSame(a: NamedRelation, b: NamedRelation): boolean {
  return a.schema === b.schema && a.name === b.name;
}

function outOfItsTree({ schema, name }: TableData): string {
  return `the bounds of ${schema}.${name} refuse rows that the backup holds, so it is not part of its partitioned table here: read ${schema}.${name} by itself`;
}

function readWithout({ schema, name }: TableData, constraints: readonly string[]): string {
  return `${schema}.${name} refuses rows that the backup holds: the table is shown without ${constraints.join(', ')}`;
}

function readBare({ schema, name }: TableData, reason: string): string {
  return `${schema}.${name}: ${reason}. A table without constraints and generated columns shows its rows, and views on it cannot be read`;
}

function isRootOf(relation: NamedRelation, { partitionRoot: root }: TableData): boolean {
  return root !== undefined && isSame(relation, root);
}

function tooLarge(relations: readonly NamedRelation[], rawBytes: number): string {
  const names = relations.map(({ schema, name }) => `${schema}.${name}`).join(', ');
  return `${names} holds ${Math.round(rawBytes / 1_000_000).toLocaleString('en')} MB, too much to load for a statement: start lifeboat browse with --table and its name`;
}
