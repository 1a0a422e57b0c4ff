import { tmpdir } from 'node:os';
import * as v from 'valibot';
import { Identities } from '../engine/age/identities.ts';
import { addErasure as addTo } from '../engine/erase/add-erasure.ts';
import { listErasures as entriesOf, sourcesWithErasures } from '../engine/erasures/erasure-entry.ts';
import { withIdentities } from '../engine/storage/with-identities.ts';
import { checkOptions } from './check-options.ts';
import { BACKUP_CHOICE, type BackupChoice, withVault } from './open-vault.ts';
import { observerOf, RUN_OPTIONS, type RunOptions, strings } from './run-options.ts';

/** What {@link addErasure} takes. */
export interface AddErasureOptions extends RunOptions, Omit<BackupChoice, 'backup'> {
  /** The table that holds the rows: `schema.table`. */
  readonly table: string;
  /** An SQL condition on its rows: `id = 42`. */
  readonly where: string;
  /** The columns that tell its rows apart. @defaultValue the primary key */
  readonly key?: readonly string[] | undefined;
  /** Why, without naming the person: the list is read by others. */
  readonly reason: string;
  /** Who asks. */
  readonly by: string;
  /** Where fetched tables are kept meanwhile. @defaultValue the temporary directory */
  readonly directory?: string | undefined;
}

const { backup: _, ...CHOICE } = BACKUP_CHOICE;
const words = v.pipe(v.string(), v.trim(), v.nonEmpty('it is empty'), v.maxLength(1000));

const ADD_OPTIONS = v.strictObject({
  ...RUN_OPTIONS,
  ...CHOICE,
  table: v.string(),
  where: v.string(),
  key: v.optional(strings),
  reason: words,
  by: words,
  directory: v.optional(v.string()),
});

/** Rows of one table that were put on the list of erasures of one source. */
export interface AddedErasure {
  readonly source: string;
  /** The key of the entry in the vault; null if the rows were on the list before. */
  readonly object: string | null;
  readonly table: string;
  /** The columns by which the rows are told apart. */
  readonly key: readonly string[];
  readonly rows: number;
}

/** What {@link addErasure} did, and where it did not look. */
export interface AddErasureResult {
  readonly added: readonly AddedErasure[];
  /** Backups that could not be read: rows that only they hold are not on the list. */
  readonly unreadable: readonly string[];
  /** Tables that inherit from this one: their rows are not on the list. */
  readonly inheritingNotSearched: readonly string[];
  /** Backups without a table of this name, or without a column of the condition: they may have had other ones. */
  readonly withoutTable: readonly string[];
}

/**
 * Finds rows in the backups, and puts digests of their keys on the list of erasures of their source: no restore brings them
 * back then. Deletes nothing.
 *
 * @throws {@link LifeboatError} - no backup holds such a row, or its key does not tell it apart.
 */
export async function addErasure(options: AddErasureOptions): Promise<AddErasureResult> {
  checkOptions('addErasure', ADD_OPTIONS, options);
  const { vault, name, retentionClass, ageIdentity, table, where, key } = options;
  const { reason, by, directory = tmpdir() } = options;
  const signal = options.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  const identities =
    ageIdentity === undefined ? undefined : await Identities.read(ageIdentity, 'the option ageIdentity');
  return await withVault(vault, async (opened) => {
    const { added, unreadable, heirs, withoutTable } = await addTo({
      ...{ store: withIdentities(opened, identities), filter: { source: name, retentionClass } },
      ...{ table, where, key, reason: reason.trim(), by: by.trim(), directory, now: new Date(), signal },
      observer: observerOf(options),
    });
    return {
      ...{ added, inheritingNotSearched: heirs, withoutTable },
      unreadable: unreadable.map((one) => one.name),
    };
  });
}

/** What {@link listErasures} takes. */
export interface ListErasuresOptions extends RunOptions {
  /** Only the list of this source. */
  readonly name?: string | undefined;
}

const LIST_OPTIONS = v.strictObject({ ...RUN_OPTIONS, name: v.optional(v.string()) });

/** One entry of the list of erasures. It holds digests of keys, and no key. */
export interface ListedErasure {
  /** The key of the entry in the vault. */
  readonly object: string;
  readonly source: string;
  readonly table: string;
  readonly key: readonly string[];
  readonly rows: number;
  readonly reason: string;
  readonly by: string;
  /** In UTC, in ISO 8601 format. */
  readonly at: string;
}

/**
 * Lists what no restore brings back, the oldest first for each source.
 *
 * @throws {@link LifeboatError} - an entry is damaged, or the vault cannot be read.
 */
export async function listErasures(options: ListErasuresOptions): Promise<ListedErasure[]> {
  checkOptions('listErasures', LIST_OPTIONS, options);
  const { vault, name } = options;
  const signal = options.signal ?? new AbortController().signal;
  signal.throwIfAborted();
  return await withVault(vault, async (store) => {
    const sources = name === undefined ? await sourcesWithErasures(store, { signal }) : [name];
    const listed: ListedErasure[] = [];
    for (const source of sources)
      for (const { key: object, entry } of await entriesOf(store, source, { signal })) {
        const { table, key, digests, reason, by, at } = entry;
        listed.push({
          ...{ object, source, table: `${table.schema}.${table.name}`, key },
          ...{ rows: digests.length, reason, by, at },
        });
      }
    return listed;
  });
}
