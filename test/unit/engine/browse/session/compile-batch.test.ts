import { describe, expect, it } from 'vitest';
import { batchOf } from '../../../../../lib/engine/browse/session/batch.ts';
import { ClientSession } from '../../../../../lib/engine/browse/session/client-session.ts';
import { compileBatch, PreparedStatements } from '../../../../../lib/engine/browse/session/compile-batch.ts';
import { cString, message } from '../../../../../lib/engine/wire/backend-messages.ts';
import type { FrontendMessage } from '../../../../../lib/engine/wire/frontend-reader.ts';
import { sqlOf, statementNameOf } from '../../../../../lib/engine/wire/statement-names.ts';

const of = (type: string, ...parts: Uint8Array[]): FrontendMessage => ({
  type,
  bytes: Buffer.from(message(type, ...parts)),
});
const none = Buffer.alloc(2);
const parse = (name: string, sql = 'SELECT 1') => of('P', cString(name), cString(sql), none);
const bind = (name: string) => of('B', cString(''), cString(name), none, none, none);
const close = (name: string) => of('C', Buffer.from('S'), cString(name));
const describeIt = (name: string) => of('D', Buffer.from('S'), cString(name));
const sync = of('S');

function compiled(
  session: ClientSession,
  prepared: PreparedStatements,
  messages: FrontendMessage[],
  again = false,
) {
  return compileBatch(batchOf(messages), session, prepared, again);
}

function shown(sent: ReturnType<typeof compileBatch>): string[] {
  return sent.map(({ message: one, isOurs }) =>
    `${isOurs ? '+' : ''}${one.type} ${statementNameOf(one) ?? ''}`.trim(),
  );
}

describe('a batch on its way to the server', () => {
  it('gives each session names of its own, and leaves the unnamed as it is', () => {
    const prepared = new PreparedStatements();
    const messages = [parse('S_1'), bind('S_1'), describeIt('S_1'), close('S_1'), parse(''), bind(''), sync];
    expect(shown(compiled(new ClientSession(7), prepared, messages))).toEqual([
      'P 7/S_1',
      'B 7/S_1',
      'D 7/S_1',
      'C 7/S_1',
      'P',
      'B',
      'S',
    ]);
  });

  it('keeps the SQL and the rest of a renamed message', () => {
    const [sent] = compiled(new ClientSession(1), new PreparedStatements(), [parse('é', 'SELECT $1'), sync]);
    expect(sent && sqlOf(sent.message)).toBe('SELECT $1');
    expect(sent?.message.bytes.readInt32BE(1)).toBe((sent?.message.bytes.length ?? 0) - 1);
    expect(sent?.original.bytes).toEqual(parse('é', 'SELECT $1').bytes);
  });

  it('prepares again what the server does not know any more, and no more than that', () => {
    const session = new ClientSession(1);
    session.statements.set('a', parse('a'));
    session.statements.set('', parse(''));
    const prepared = new PreparedStatements();
    expect(shown(compiled(session, prepared, [bind('a'), bind('a'), sync]))).toEqual([
      '+P 1/a',
      'B 1/a',
      'B 1/a',
      'S',
    ]);
    expect(shown(compiled(session, prepared, [bind(''), sync]))).toEqual(['+P', 'B', 'S']);
    expect(shown(compiled(session, prepared, [bind('unknown'), sync]))).toEqual(['B 1/unknown', 'S']);
  });

  it('knows whose the unnamed statement is', () => {
    const [a, b] = [new ClientSession(1), new ClientSession(2)];
    const prepared = new PreparedStatements();
    for (const session of [a, b]) session.statements.set('', parse(''));
    prepared.note(a, compiled(a, prepared, [parse(''), sync]));
    expect(shown(compiled(a, prepared, [bind(''), sync]))).toEqual(['B', 'S']);
    expect(shown(compiled(b, prepared, [bind(''), sync]))).toEqual(['+P', 'B', 'S']);
    prepared.note(b, compiled(b, prepared, [of('Q', cString('SELECT 1'))]));
    expect(shown(compiled(a, prepared, [bind(''), sync]))).toEqual(['+P', 'B', 'S']);
  });

  it('makes room for a statement that it prepares a second time, but not for a client who does', () => {
    const session = new ClientSession(1);
    const prepared = new PreparedStatements();
    const first = compiled(session, prepared, [parse('a'), sync]);
    prepared.note(session, first);
    session.statements.set('a', parse('a'));
    expect(shown(compiled(session, prepared, [parse('a'), sync]))).toEqual(['P 1/a', 'S']);
    expect(shown(compiled(session, prepared, [parse('a'), sync], true))).toEqual(['+C 1/a', 'P 1/a', 'S']);
  });
});
