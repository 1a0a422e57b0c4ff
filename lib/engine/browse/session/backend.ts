import { sessionSettings } from '../../connection/session-settings.ts';
import { quoteIdentifier, quoteLiteral } from '../../ground/sql.ts';
import { simpleQuery } from '../../target/embedded/answer-reader.ts';
import type { AnswerWindow } from '../../target/embedded/answer-window.ts';
import type { EmbeddedTarget } from '../../target/embedded/open-embedded-target.ts';
import { TargetStatementError } from '../../target/target.ts';
import { message } from '../../wire/backend-messages.ts';
import { READER } from '../copy/reader-role.ts';
import type { Batch } from './batch.ts';
import type { ClientSession } from './client-session.ts';
import { acknowledged, compileBatch, PreparedStatements } from './compile-batch.ts';
import { type AnswerPart, AnswerParts, AnswerSummary } from './server-answer.ts';

/** A transaction was rolled back for another client and could not be repeated. */
export class TransactionLostError extends Error {}

/** The server gave an answer that only a dead one gives. */
export class DeadBackendError extends Error {}

/** Takes an answer, part by part. `write` returns false to pause; `onceDrained` says when to go on. */
export interface AnswerTaker {
  write(part: AnswerPart): boolean;
  onceDrained(callback: () => void): void;
}

const NOBODY: AnswerTaker = { write: () => true, onceDrained: (callback) => callback() };

/** A client's role cannot write anyway. This setting gives a clearer error than a missing privilege. */
const READ_ONLY = 'SET default_transaction_read_only = on';
/** OID of the role that initdb creates, to which the server's one session belongs (pg_authid.dat). */
const BOOTSTRAP_SUPERUSER = 10;

/** The parameters that a server always reports (PostgreSQL manual, "Asynchronous Operations"). */
const REPORTED = [
  'server_version',
  'server_encoding',
  'client_encoding',
  'application_name',
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
  'integer_datetimes',
  'standard_conforming_strings',
  'default_transaction_read_only',
  'in_hot_standby',
  'is_superuser',
  'session_authorization',
  'search_path',
];

/**
 * The only session of the embedded server. At any moment it is either the owner, who creates and loads
 * tables, or one of the clients, whose settings, statements and transaction it gets when it becomes that
 * client. One caller at a time.
 */
export class Backend {
  readonly #target: EmbeddedTarget;
  readonly #owner: string;
  /** The settings with which every client begins. */
  readonly #defaults: ReadonlyMap<string, string>;
  readonly #prepared = new PreparedStatements();
  #readerOid: number | undefined;
  #present: 'owner' | ClientSession | undefined;
  /** Whether the server has neither an open transaction nor a pipeline that waits for its Sync. */
  #isAtRest = true;

  constructor(target: EmbeddedTarget, owner: string, defaults: ReadonlyMap<string, string>) {
    this.#target = target;
    this.#owner = owner;
    this.#defaults = defaults;
  }

  /** Whether the present client has an open transaction or pipeline. */
  get isInTransaction(): boolean {
    return this.#present !== undefined && this.#present !== 'owner' && this.#present.isOpen;
  }

  async becomeOwner(): Promise<void> {
    if (this.#present === 'owner') return;
    await this.#leave();
    await this.#target.actAs(BOOTSTRAP_SUPERUSER, { confined: false });
    await this.#quietly([
      'RESET ALL',
      `SET SESSION AUTHORIZATION ${quoteIdentifier(this.#owner)}`,
      ...sessionSettings(this.#target.serverMajor),
    ]);
    this.#present = 'owner';
  }

  /** Throws {@link TransactionLostError} if the client's transaction cannot be repeated. */
  async become(session: ClientSession): Promise<void> {
    if (this.#present === session) {
      if (session.settingsTouched && !session.isOpen) {
        await this.#quietly([...[...this.#defaults].map(setUnlessSet), READ_ONLY]);
      }
      return;
    }
    await this.#leave();
    await this.#becomeReader();
    const settings = [...this.#defaults, ...session.settings].map(([name, value]) =>
      setConfig(name, value, false),
    );
    await this.#quietly([...settings, READ_ONLY]);
    this.#present = session;
    await this.#doAgain(session);
  }

  /** The settings that the server accepts from a reader. */
  async acceptable(settings: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, string>> {
    await this.#leave();
    await this.#becomeReader();
    const taken = new Map<string, string>();
    for (const [name, value] of settings) {
      try {
        // Local to one statement: this only tries the value.
        await this.#target.execute(setConfig(name, value, true));
        taken.set(name, value);
      } catch (error) {
        if (!(error instanceof TargetStatementError)) throw error;
      }
    }
    return taken;
  }

  /** The parameters of the present session that a server reports to a new client. */
  async reportedParameters(): Promise<ReadonlyMap<string, string>> {
    const { rows } = await this.#target.execute(
      `SELECT name, pg_catalog.current_setting(name) AS value
         FROM pg_catalog.unnest(ARRAY[${REPORTED.map(quoteLiteral).join(', ')}]) AS name`,
    );
    return new Map(rows.map(({ name, value }) => [name ?? '', value ?? '']));
  }

  /** Sends a batch as the present client and passes the answer on. Throws {@link DeadBackendError}. */
  async exchange(
    session: ClientSession,
    batch: Batch,
    taker: AnswerTaker,
    again = false,
  ): Promise<AnswerSummary> {
    const sent = compileBatch(batch, session, this.#prepared, again);
    const expected = acknowledged(sent);
    const summary = await this.#converse(
      Buffer.concat(sent.map(({ message }) => message.bytes)),
      taker,
      (acknowledgement) => expected[acknowledgement]?.isOurs === true,
    );
    const done = expected.slice(0, summary.acknowledgements);
    this.#prepared.note(session, [...done, ...sent.filter(({ message }) => message.type === 'Q')]);
    for (const { original, statement, isOurs } of done) {
      if (isOurs || statement === undefined) continue;
      if (original.type === 'P') session.statements.set(statement, original);
      if (original.type === 'C') session.statements.delete(statement);
    }
    const { error, status, hasCompletion } = summary;
    this.#isAtRest = status === 'I';
    const waitsForSync = error !== undefined && session.mayFailWithoutSync(batch);
    const isDead =
      (batch.isComplete && status === undefined && !waitsForSync) ||
      (batch.messages.at(-1)?.type === 'Q' && !hasCompletion) ||
      (error === undefined && done.length < expected.length) ||
      /^(FATAL|PANIC)$/.test(error?.get('V') ?? '');
    if (isDead) throw new DeadBackendError(error?.get('M') ?? 'it did not answer to the end');
    return summary;
  }

  /** Forgets all prepared statements, after DISCARD ALL dropped some: they are prepared again when needed. */
  async forgetStatements(): Promise<void> {
    await this.#quietly(['DEALLOCATE ALL']);
    this.#prepared.clear();
  }

  /** Removes everything of a client that has left. */
  async end(session: ClientSession): Promise<void> {
    if (this.#present === session) {
      await this.#leave();
      this.#present = undefined;
    }
    const names = this.#prepared.namesOf(session);
    await this.#quietly(names.map((name) => `DEALLOCATE ${quoteIdentifier(name)}`));
    this.#prepared.clear(session);
  }

  /** Ends everything that the server does, and restarts it. */
  async restart(): Promise<void> {
    this.#present = undefined;
    this.#isAtRest = true;
    this.#prepared.clear();
    await this.#target.restart();
  }

  /**
   * Gives the session the reader's privileges. No statement can give it others, because it is confined before
   * it runs anything of a client: a superuser opened the session, so `SET SESSION AUTHORIZATION` would be
   * allowed.
   */
  async #becomeReader(): Promise<void> {
    await this.#target.actAs(BOOTSTRAP_SUPERUSER, { confined: false });
    await this.#quietly(['RESET ALL', `SET SESSION AUTHORIZATION ${quoteIdentifier(READER)}`]);
    this.#readerOid ??= await readerOid(this.#target);
    await this.#target.actAs(this.#readerOid, { confined: true });
  }

  /** Rolls a client's transaction back, and keeps its settings. */
  async #leave(): Promise<void> {
    const session = this.#present;
    this.#present = undefined;
    if (session === undefined || session === 'owner') return;
    if (!this.#isAtRest) {
      // A pipeline that has failed ignores everything before its Sync.
      const end = Buffer.concat([message('S'), simpleQuery('ROLLBACK')]);
      await this.#converse(end, NOBODY, () => false);
      this.#isAtRest = true;
    }
    if (!session.settingsTouched) return;
    // A statement of ours may end with a checkpoint, which a client's role may not make.
    await this.#target.actAs(BOOTSTRAP_SUPERUSER, { confined: false });
    const { rows } = await this.#target.execute(readSettings([...session.customSettings]));
    session.settings = new Map(rows.map(({ name, setting }) => [name ?? '', setting ?? '']));
    session.settingsTouched = false;
  }

  async #doAgain(session: ClientSession): Promise<void> {
    if (!session.isOpen) return;
    let { status } = new AnswerSummary();
    for (const batch of session.log ?? []) {
      ({ status = status } = await this.exchange(session, batch, NOBODY, true));
    }
    if (!session.log || (status !== undefined && status !== session.status)) throw new TransactionLostError();
  }

  async #quietly(statements: readonly string[]): Promise<void> {
    if (statements.length === 0) return;
    const { error, hasCompletion } = await this.#converse(
      simpleQuery(statements.join('; ')),
      NOBODY,
      () => false,
    );
    if (error || !hasCompletion) throw new DeadBackendError(error?.get('M') ?? 'it did not answer');
  }

  async #converse(
    messages: Buffer,
    taker: AnswerTaker,
    isOurs: (acknowledgement: number) => boolean,
  ): Promise<AnswerSummary> {
    const parts = new AnswerParts();
    const summary = new AnswerSummary();
    const take = (piece: Uint8Array, window: AnswerWindow) => {
      let isWelcome = true;
      for (const part of parts.read(piece)) {
        const before = summary.acknowledgements;
        summary.note(part);
        if (summary.acknowledgements > before && isOurs(before)) continue;
        isWelcome = taker.write(part) && isWelcome;
      }
      if (isWelcome) window.release(piece.length);
      else taker.onceDrained(() => window.release(piece.length));
    };
    await this.#target.converse(messages, take);
    return summary;
  }
}

/**
 * Reads the settings of the session. No view lists custom settings (`app.tenant`): each is read by its name,
 * and is empty if it was reset.
 */
function readSettings(custom: readonly string[]): string {
  return `SELECT name, setting FROM pg_catalog.pg_settings WHERE source = 'session' AND name <> 'default_transaction_read_only'
    UNION ALL
    SELECT c.name, pg_catalog.current_setting(c.name, true)
      FROM pg_catalog.unnest(ARRAY[${custom.map(quoteLiteral).join(', ')}]::pg_catalog.text[]) AS c(name)
     WHERE pg_catalog.current_setting(c.name, true) <> ''
       AND NOT EXISTS (SELECT FROM pg_catalog.pg_settings s WHERE pg_catalog.lower(s.name) = pg_catalog.lower(c.name))`;
}

/** Gives a setting that RESET returned to the server's default the value with which the session began. */
function setUnlessSet([name, value]: readonly [string, string]): string {
  return `SELECT pg_catalog.set_config(name, ${quoteLiteral(value)}, false)
            FROM pg_catalog.pg_settings WHERE name = ${quoteLiteral(name)} AND source <> 'session'`;
}

async function readerOid(target: EmbeddedTarget): Promise<number> {
  const { rows } = await target.execute(
    `SELECT ${quoteLiteral(READER)}::pg_catalog.regrole::pg_catalog.oid AS oid`,
  );
  return Number(rows[0]?.oid);
}

function setConfig(name: string, value: string, isLocal: boolean): string {
  return `SELECT pg_catalog.set_config(${quoteLiteral(name)}, ${quoteLiteral(value)}, ${isLocal})`;
}
