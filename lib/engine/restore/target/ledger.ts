import * as v from 'valibot';
import { LEDGER_SCHEMA, OWN_MARK } from '../../catalog/own-schemas.ts';
import { LifeboatError } from '../../ground/errors.ts';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../../ground/sql.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import { type Target, TargetStatementError } from '../../target/target.ts';
import { restoreScopeSchema } from '../archived/restore-scope.ts';
import { eventTriggerSchema, runWithoutEventTriggers, switchEventTriggers } from './event-trigger-silence.ts';

const RESTORE = qualifiedName(LEDGER_SCHEMA, 'restore');
const DONE = qualifiedName(LEDGER_SCHEMA, 'done');
const LEDGER_FORMAT = 1;
const COMMENT = `${OWN_MARK}done. \`lifeboat restore --resume\` goes on with it; without it, drop this schema.`;
const INSUFFICIENT_PRIVILEGE = '42501';

/** Says which restore a ledger belongs to. */
const headSchema = v.object({
  /** `class/source/id`. */
  backup: v.string(),
  manifestSha256: v.string(),
  scope: restoreScopeSchema,
  intoExisting: v.boolean(),
  /** `class/source/id` of the backup of the target's former content. */
  safetyBackup: v.optional(v.string()),
  startedAt: v.string(),
  /** The schemas in which everything is made first, if what is there is exchanged at the end. */
  staging: v.optional(v.array(v.string())),
  /** Whether objects that refer to the restored tables are made, too. */
  dependents: v.optional(v.picklist(['with', 'without', 'only'])),
  /** The moment to which changes are replayed. */
  moment: v.optional(v.object({ source: v.string(), epoch: v.number(), lsn: v.string() })),
  /** Steps of the objects that refer to the restored tables and are made. */
  dependentSteps: v.optional(v.array(v.string())),
  /** Event triggers of the target that are disabled while the restore runs, in their former state. */
  eventTriggers: v.optional(v.array(eventTriggerSchema)),
});
export type LedgerHead = v.InferOutput<typeof headSchema>;

/** A restore that has begun and has not ended. */
export interface UnfinishedRestore extends LedgerHead {
  /** Whether it has dropped the relations that it replaces: see replace-existing.ts. */
  readonly hasReplaced: boolean;
  /** Whether everything was made beside, and it waits for its locks, or for more: see exchange.ts. */
  readonly state: 'begun' | 'loaded' | 'exchanged';
  /** Every step that is marked as done. */
  readonly done?: readonly string[];
}

/** The step that is marked when the relations that the backup replaces were dropped. */
export const REPLACED = 'replaced';
/** The step that is marked when everything was made and compared beside. */
export const LOADED = 'loaded beside';
/** The step that is marked when what was made beside has taken its place. */
export const EXCHANGED = 'exchanged';

/** A statement that was not applied, although its entry was. */
const lossSchema = v.array(v.looseObject({ kind: v.string(), name: v.string(), statement: v.string() }));
export type Loss = v.InferOutput<typeof lossSchema>[number];

/**
 * The steps of a restore that are done. The transaction that does a step also marks it in the target: a
 * marked step is done, and one that is not marked left nothing behind. So a killed restore continues where it
 * was.
 */
export class Ledger {
  readonly head: LedgerHead | undefined;
  readonly #done: ReadonlySet<string>;
  /** The losses of entries that were done before. */
  readonly losses: readonly Loss[];

  private constructor(head: LedgerHead | undefined, done: ReadonlySet<string>, losses: readonly Loss[]) {
    this.head = head;
    this.#done = done;
    this.losses = losses;
  }

  /** A ledger that keeps nothing: for a disposable target, or one where the role may not create a schema. */
  static none(): Ledger {
    return new Ledger(undefined, new Set(), []);
  }

  /** Begins a ledger. It keeps nothing if the role may not create schemas. */
  static async begin(target: ServerTarget, head: LedgerHead): Promise<Ledger> {
    try {
      await target.executeAll([
        ...switchEventTriggers(head.eventTriggers ?? [], 'D'),
        `CREATE SCHEMA ${quoteIdentifier(LEDGER_SCHEMA)}`,
        `COMMENT ON SCHEMA ${quoteIdentifier(LEDGER_SCHEMA)} IS ${quoteLiteral(COMMENT)}`,
        `CREATE TABLE ${DONE} (step pg_catalog.text PRIMARY KEY, losses pg_catalog.jsonb)`,
        `CREATE TABLE ${RESTORE} AS SELECT ${LEDGER_FORMAT} AS format, ${quoteLiteral(JSON.stringify(head))}::pg_catalog.jsonb AS head`,
      ]);
    } catch (error) {
      if (error instanceof TargetStatementError && error.sqlState === INSUFFICIENT_PRIVILEGE)
        return Ledger.none();
      throw error;
    }
    return new Ledger(head, new Set(), []);
  }

  /** Reads the ledger of an interrupted restore, to continue it, and notes in it what is different now. */
  static async resume(
    target: Target,
    { hasReplaced: _, state: __, done: ___, ...of }: UnfinishedRestore,
    now: Pick<LedgerHead, 'safetyBackup' | 'dependentSteps'>,
  ): Promise<Ledger> {
    const head = { ...of, ...now };
    if (JSON.stringify(head) !== JSON.stringify(of)) {
      await target.execute(
        `UPDATE ${RESTORE} SET head = ${quoteLiteral(JSON.stringify(head))}::pg_catalog.jsonb`,
      );
    }
    const { rows } = await target.execute(`SELECT step, losses FROM ${DONE}`);
    const losses = rows.flatMap(({ losses }) =>
      losses == null ? [] : v.parse(lossSchema, JSON.parse(losses)),
    );
    return new Ledger(head, new Set(rows.map(({ step }) => String(step))), losses);
  }

  /** Whether the target keeps the ledger, so that an interrupted restore can continue. */
  get isKept(): boolean {
    return this.head !== undefined;
  }

  isDone(step: string): boolean {
    return this.#done.has(step);
  }

  /** The statement that marks steps as done, for the transaction that does them. None without a ledger. */
  mark(steps: readonly string[], losses: readonly Loss[] = []): string[] {
    if (this.head === undefined || steps.length === 0) return [];
    const json = losses.length === 0 ? 'NULL' : quoteLiteral(JSON.stringify(losses));
    const rows = steps.map((step, index) => `(${quoteLiteral(step)}, ${index === 0 ? json : 'NULL'})`);
    return [`INSERT INTO ${DONE} (step, losses) VALUES ${rows.join(', ')}`];
  }

  /** The statement that removes the marks of steps that are undone. */
  unmark(steps: readonly string[]): string[] {
    if (this.head === undefined || steps.length === 0) return [];
    return [`DELETE FROM ${DONE} WHERE step IN (${steps.map(quoteLiteral).join(', ')})`];
  }

  /** Disables the event triggers again, for a restore that continues. */
  async switchEventTriggersOff(target: ServerTarget): Promise<void> {
    const statements = switchEventTriggers(this.head?.eventTriggers ?? [], 'D');
    if (statements.length > 0) await target.executeAll(statements);
  }

  /** Gives the event triggers that were disabled for the restore their former state. */
  async switchEventTriggersBack(target: ServerTarget): Promise<void> {
    const statements = switchEventTriggers(this.head?.eventTriggers ?? []);
    if (statements.length > 0) await target.executeAll(statements);
  }

  /** Drops the ledger. By now the backup's event triggers exist too, and none of them may act on this. */
  async remove(target: ServerTarget): Promise<void> {
    if (this.head === undefined) return;
    await runWithoutEventTriggers(target, [`DROP SCHEMA ${quoteIdentifier(LEDGER_SCHEMA)} CASCADE`]);
    await this.switchEventTriggersBack(target);
  }
}

/**
 * Reads which unfinished restore a database has a ledger of; undefined when there is none. Throws
 * `restore-ledger-unreadable` for a ledger that another version wrote, or that was never completed, and
 * `restore-ledger-of-another-role` where the role may not read it.
 */
export async function readLedgerHead(target: Target): Promise<UnfinishedRestore | undefined> {
  // Only the role that began it may use the schema. to_regclass looks only where it may.
  const { rows: schemas } = await target.execute(
    `SELECT CASE WHEN pg_catalog.has_schema_privilege(oid, 'USAGE') THEN pg_catalog.to_regclass(${quoteLiteral(RESTORE)}) IS NOT NULL END AS begun,
            pg_catalog.pg_get_userbyid(nspowner) AS owner
       FROM pg_catalog.pg_namespace WHERE nspname = ${quoteLiteral(LEDGER_SCHEMA)}`,
  );
  const [schema] = schemas;
  if (schema === undefined) return undefined;
  if (schema.begun == null) {
    throw new LifeboatError({
      code: 'restore-ledger-of-another-role',
      kind: 'target',
      what: `The role ${schema.owner} began a restore in the target, which has not ended. This role may not read its notes.`,
      meaning: 'Nothing was changed.',
      remedy: `Connect as ${schema.owner}, or as a superuser, and continue it with --resume; or give it up: \`DROP SCHEMA ${LEDGER_SCHEMA} CASCADE;\`. \`lifeboat doctor\` says what else it left.`,
    });
  }
  const { rows } =
    schema.begun === 't' ? await target.execute(`SELECT format, head FROM ${RESTORE}`) : { rows: [] };
  const [row] = rows;
  const head =
    row?.format === String(LEDGER_FORMAT)
      ? v.safeParse(headSchema, JSON.parse(row.head ?? 'null'))
      : undefined;
  if (head?.success) {
    const { rows: marks } = await target.execute(`SELECT step FROM ${DONE}`);
    const done = marks.map(({ step }) => String(step));
    const isDone = (step: string) => done.includes(step);
    const state = isDone(EXCHANGED) ? 'exchanged' : isDone(LOADED) ? 'loaded' : 'begun';
    return { ...head.output, hasReplaced: isDone(REPLACED), state, done };
  }
  throw new LifeboatError({
    code: 'restore-ledger-unreadable',
    kind: 'target',
    what: `The target has a schema ${LEDGER_SCHEMA} that this Lifeboat cannot read.`,
    meaning: 'Another version of Lifeboat began a restore there, or a restore ended while it was beginning.',
    remedy: `Continue with the version that began it; or \`DROP SCHEMA ${LEDGER_SCHEMA} CASCADE\` and start again in an empty database.`,
  });
}
