import { message } from '../../wire/backend-messages.ts';
import type { FrontendMessage } from '../../wire/frontend-reader.ts';
import { statementNameOf, withStatementName } from '../../wire/statement-names.ts';
import type { Batch } from './batch.ts';
import type { ClientSession } from './client-session.ts';

/** The prepared statements that the server holds, under names of ours: two clients may call theirs the same. */
export class PreparedStatements {
  readonly #names = new Set<string>();
  /** Whose the unnamed one is. */
  #unnamedOf: number | undefined;

  has(session: ClientSession, name: string): boolean {
    return name === '' ? this.#unnamedOf === session.id : this.#names.has(nameOf(session, name));
  }

  /** After the server has done these. */
  note(session: ClientSession, done: readonly SentMessage[]): void {
    for (const { message, statement } of done) {
      // A simple query takes the unnamed statement's place.
      if (message.type === 'Q') this.#unnamedOf = undefined;
      if (statement === undefined) continue;
      if (message.type === 'P') this.#add(session, statement);
      if (message.type === 'C') this.#remove(session, statement);
    }
  }

  /** Of a session that has ended. */
  namesOf(session: ClientSession): string[] {
    return [...this.#names].filter((name) => name.startsWith(nameOf(session, '')));
  }

  /** Of this session, or of all. */
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

/** One message as it goes to the server. */
export interface SentMessage {
  readonly message: FrontendMessage;
  /** The same with the client's own name in it. */
  readonly original: FrontendMessage;
  /** As the client calls it. */
  readonly statement: string | undefined;
  /** Whether the client did not send it, and must not see its answer. */
  readonly isOurs: boolean;
}

/**
 * A batch as it goes to the server: with names of ours, and with what the client has prepared earlier where the server does
 * not know it any more. `again`: it was sent before, so what it prepares may be there.
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

/** What the server says to each of these messages, once it has done it. */
const ACKNOWLEDGEMENTS: Readonly<Record<string, string>> = { P: '1', B: '2', C: '3' };

/** Those messages that are acknowledged one by one; after an error the rest of them is passed over. */
export function acknowledged(sent: readonly SentMessage[]): SentMessage[] {
  return sent.filter(({ message }) => message.type in ACKNOWLEDGEMENTS);
}

function closeStatement(name: string): FrontendMessage {
  return { type: 'C', bytes: Buffer.from(message('C', Buffer.from(`S${name}\0`))) };
}

function nameOf(session: ClientSession, name: string): string {
  return `${session.id}/${name}`;
}
