import { message } from '../../wire/backend-messages.ts';
import type { FrontendMessage } from '../../wire/frontend-reader.ts';
import { statementNameOf, withStatementName } from '../../wire/statement-names.ts';
import type { Batch } from './batch.ts';
import type { ClientSession } from './client-session.ts';

/** The prepared statements in the server, under our own names, because two clients may use the same name. */
export class PreparedStatements {
  readonly #names = new Set<string>();
  /** The id of the session that prepared the unnamed statement. */
  #unnamedOf: number | undefined;

  has(session: ClientSession, name: string): boolean {
    return name === '' ? this.#unnamedOf === session.id : this.#names.has(nameOf(session, name));
  }

  /** Notes messages that the server has executed. */
  note(session: ClientSession, done: readonly SentMessage[]): void {
    for (const { message, statement } of done) {
      // A simple query takes the unnamed statement's place.
      if (message.type === 'Q') this.#unnamedOf = undefined;
      if (statement === undefined) continue;
      if (message.type === 'P') this.#add(session, statement);
      if (message.type === 'C') this.#remove(session, statement);
    }
  }

  /** The server's names of a session's statements. */
  namesOf(session: ClientSession): string[] {
    return [...this.#names].filter((name) => name.startsWith(nameOf(session, '')));
  }

  /** Forgets the statements of this session, or of all sessions. */
  clear(session?: ClientSession): void {
    if (session === undefined) this.#names.clear();
    else for (const name of this.namesOf(session)) this.#names.delete(name);
    if (session === undefined || this.#unnamedOf === session.id) this.#unnamedOf = undefined;
  }

  #add(session: ClientSession, name: string): void {
    if (name === '') this.#unnamedOf = session.id;
    else this.#names.add(nameOf(session, name));
  }

  #remove(session: ClientSession, name: string): void {
    if (name === '') this.#unnamedOf = undefined;
    else this.#names.delete(nameOf(session, name));
  }

  copy(): PreparedStatements {
    const copy = new PreparedStatements();
    for (const name of this.#names) copy.#names.add(name);
    copy.#unnamedOf = this.#unnamedOf;
    return copy;
  }
}

/** One message as it is sent to the server. */
export interface SentMessage {
  readonly message: FrontendMessage;
  /** The same message with the client's own statement name. */
  readonly original: FrontendMessage;
  /** The client's own statement name. */
  readonly statement: string | undefined;
  /** Whether the client did not send it, and must not see its answer. */
  readonly isOurs: boolean;
}

/**
 * Compiles a batch for the server: it uses our own names, and prepares again the client's earlier statements
 * that the server no longer has. `again`: the batch was sent before, so the server may already have the
 * statements that it prepares.
 */
export function compileBatch(
  batch: Batch,
  session: ClientSession,
  prepared: PreparedStatements,
  again: boolean,
): SentMessage[] {
  const known = prepared.copy();
  const sent: SentMessage[] = [];
  const send = (original: FrontendMessage, isOurs: boolean) => {
    const statement = statementNameOf(original);
    const message = statement ? withStatementName(original, nameOf(session, statement)) : original;
    sent.push({ message, original, statement, isOurs });
    known.note(session, sent.slice(-1));
  };
  for (const message of batch.messages) {
    const name = statementNameOf(message);
    if (name !== undefined && message.type === 'P') {
      const isLeftOver = name !== '' && known.has(session, name) && (again || !session.statements.has(name));
      if (isLeftOver) send(closeStatement(name), true);
    } else if (name !== undefined && message.type !== 'C' && !known.has(session, name)) {
      const parse = session.statements.get(name);
      if (parse) send(parse, true);
    }
    send(message, false);
  }
  return sent;
}

/** The server's acknowledgement of each of these messages. */
const ACKNOWLEDGEMENTS: Readonly<Record<string, string>> = { P: '1', B: '2', C: '3' };

/** The messages that the server acknowledges one by one; after an error it ignores the rest. */
export function acknowledged(sent: readonly SentMessage[]): SentMessage[] {
  return sent.filter(({ message }) => message.type in ACKNOWLEDGEMENTS);
}

function closeStatement(name: string): FrontendMessage {
  return { type: 'C', bytes: Buffer.from(message('C', Buffer.from(`S${name}\0`))) };
}

function nameOf(session: ClientSession, name: string): string {
  return `${session.id}/${name}`;
}
