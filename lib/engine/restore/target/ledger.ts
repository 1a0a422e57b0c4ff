import * as v from 'valibot';
import { LifeboatError } from '../../ground/errors.ts';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../../ground/sql.ts';
import type { ServerTarget } from '../../target/server/open-server-target.ts';
import { type Target, TargetStatementError } from '../../target/target.ts';
import { restoreScopeSchema } from '../archived/restore-scope.ts';
import { eventTriggerSchema, runWithoutEventTriggers, switchEventTriggers } from './event-trigger-silence.ts';

/** Where a restore keeps, in the target itself, what it has done; gone when all is done. */
export const LEDGER_SCHEMA = 'lifeboat_restore';

const RESTORE = qualifiedName(LEDGER_SCHEMA, 'restore');
const DONE = qualifiedName(LEDGER_SCHEMA, 'done');
const LEDGER_FORMAT = 1;
const COMMENT =
  'What an unfinished restore by Lifeboat has done. `lifeboat restore --resume` goes on with it; without it, drop this schema.';
const INSUFFICIENT_PRIVILEGE = '42501';

/** Which restore it is. */
const headSchema = v.object({
  /** `class/source/id`. */
  backup: v.string(),
  manifestSha256: v.string(),
  scope: restoreScopeSchema,
  intoExisting: v.boolean(),
  /** `class/source/id` of the backup of what was there. */
  safetyBackup: v.optional(v.string()),
  startedAt: v.string(),
  /** Event triggers of the target that are switched off for as long as the restore takes, as they were. */
  eventTriggers: v.optional(v.array(eventTriggerSchema)),
});
export type LedgerHead = v.InferOutput<typeof headSchema>;

/** A restore that was begun and has not ended. */
export interface UnfinishedRestore extends LedgerHead {
  /** What was in its way is gone: see replace-existing.ts. */
  readonly hasReplaced: boolean;
}

/** Marked when what the backup replaces was removed. */
export const REPLACED = 'replaced';

/** A statement that was not applied although its entry was. */
const lossSchema = v.array(v.looseObject({ kind: v.string(), name: v.string(), statement: v.string() }));
export type Loss = v.InferOutput<typeof lossSchema>[number];

/**
 * What of a restore is done, kept in the target by the very transactions that do it: a step that is marked is done, one that
 * is not left nothing behind. So a restore that was killed goes on where it was.
 */
export class Ledger {
  readonly head: LedgerHead | undefined;
  readonly #done: ReadonlySet<string>;
  /** Of entries that were done before. */
  readonly losses: readonly Loss[];

  private constructor(head: LedgerHead | undefined, done: ReadonlySet<string>, losses: readonly Loss[]) {
    this.head = head;
    this.#done = done;
    this.losses = losses;
  }

  /** For a target that is thrown away, or one in which the role may not make a schema. */
  static none(): Ledger {
    return new Ledger(undefined, new Set(), []);
  }

  /** Begins a ledger; one that keeps nothing where the role may not create schemas. */
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

  /** Reads the ledger of a restore that was cut, to go on with it. */
  static async resume(target: Target, head: LedgerHead): Promise<Ledger> {
    const { rows } = await target.execute(`SELECT step, losses FROM ${DONE}`);
    const losses = rows.flatMap(({ losses }) =>
      losses == null ? [] : v.parse(lossSchema, JSON.parse(losses)),
    );
    return new Ledger(head, new Set(rows.map(({ step }) => String(step))), losses);
  }

  /** Whether there is one, so that a restore that is cut can go on. */
  get isKept(): boolean {
    return this.head !== undefined;
  }

  isDone(step: string): boolean {
    return this.#done.has(step);
  }

  /** The statement that marks steps as done, for the transaction that does them. None where no ledger is kept. */
  mark(steps: readonly string[], losses: readonly Loss[] = []): string[] {
    if (this.head === undefined || steps.length === 0) return [];
    const json = losses.length === 0 ? 'NULL' : quoteLiteral(JSON.stringify(losses));
    const rows = steps.map((step, index) => `(${quoteLiteral(step)}, ${index === 0 ? json : 'NULL'})`);
    return [`INSERT INTO ${DONE} (step, losses) VALUES ${rows.join(', ')}`];
  }

  /** The statement that takes marks away again, of steps that are undone. */
  unmark(steps: readonly string[]): string[] {
    if (this.head === undefined || steps.length === 0) return [];
    return [`DELETE FROM ${DONE} WHERE step IN (${steps.map(quoteLiteral).join(', ')})`];
  }

  /** Of a restore that goes on. */
  async switchEventTriggersOff(target: ServerTarget): Promise<void> {
    const statements = switchEventTriggers(this.head?.eventTriggers ?? [], 'D');
    if (statements.length > 0) await target.executeAll(statements);
  }

  /** What was switched off for the restore is as it was before. */
  async switchEventTriggersBack(target: ServerTarget): Promise<void> {
    const statements = switchEventTriggers(this.head?.eventTriggers ?? []);
    if (statements.length > 0) await target.executeAll(statements);
  }

  /** Event triggers are there by now, the backup's too: none of them acts on this. */
  async remove(target: ServerTarget): Promise<void> {
    if (this.head === undefined) return;
    await runWithoutEventTriggers(target, [`DROP SCHEMA ${quoteIdentifier(LEDGER_SCHEMA)} CASCADE`]);
    await this.switchEventTriggersBack(target);
  }
}

/**
 * The restore that a database holds the ledger of; undefined when there is none. Throws `restore-ledger-unreadable` for one
 * that was begun by another version, or by nobody that is known here.
 */
export async function readLedgerHead(target: Target): Promise<UnfinishedRestore | undefined> {
  const { rows: schemas } = await target.execute(
    `SELECT pg_catalog.to_regclass(${quoteLiteral(RESTORE)}) IS NOT NULL AS begun
       FROM pg_catalog.pg_namespace WHERE nspname = ${quoteLiteral(LEDGER_SCHEMA)}`,
  );
  if (schemas.length === 0) return undefined;
  const { rows } =
    schemas[0]?.begun === 't' ? await target.execute(`SELECT format, head FROM ${RESTORE}`) : { rows: [] };
  const [row] = rows;
  const head =
    row?.format === String(LEDGER_FORMAT)
      ? v.safeParse(headSchema, JSON.parse(row.head ?? 'null'))
      : undefined;
  if (head?.success) {
    const { rows: marks } = await target.execute(
      `SELECT FROM ${DONE} WHERE step = ${quoteLiteral(REPLACED)}`,
    );
    return { ...head.output, hasReplaced: marks.length > 0 };
  }
  throw new LifeboatError({
    code: 'restore-ledger-unreadable',
    kind: 'target',
    what: `The target has a schema ${LEDGER_SCHEMA} that this Lifeboat cannot read.`,
    meaning: 'A restore was begun there by another version, or ended before it had begun.',
    remedy: `Go on with the version that began it; or DROP SCHEMA ${LEDGER_SCHEMA} CASCADE and start again in an empty database.`,
  });
}
