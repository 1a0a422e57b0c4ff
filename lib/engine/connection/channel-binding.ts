import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type pg from 'pg';
import { LifeboatError } from '../ground/errors.ts';
import type { ConnectionSettings } from './connection-settings.ts';

/** What the server asks for before it knows who comes: PostgreSQL manual, "Start-up" of the message flow. */
const OTHER_METHODS = ['authenticationCleartextPassword', 'authenticationMD5Password'] as const;

/**
 * For libpq's `channel_binding=require`: the password goes only to the server that holds the certificate of this connection. To
 * be called before `connect()`; the answer's `check()` after it refuses a server that let us in without any proof.
 */
export function requireChannelBinding(client: pg.Client, settings: ConnectionSettings): { check(): void } {
  // pg has no types for its connection, which hears the server before the client does.
  const { connection } = client as unknown as { connection: EventEmitter & { stream: Socket } };
  let isBound = false;
  const refuse = () => {
    connection.emit('error', notBound(settings));
    // What pg answers the server next is the password.
    connection.stream.destroy();
  };
  connection.prependListener('authenticationSASL', ({ mechanisms }: { mechanisms: readonly string[] }) => {
    isBound = mechanisms.includes('SCRAM-SHA-256-PLUS');
    if (!isBound) refuse();
  });
  for (const method of OTHER_METHODS) connection.prependListener(method, refuse);
  return {
    check() {
      if (!isBound) throw notBound(settings);
    },
  };
}

function notBound({ display }: ConnectionSettings): LifeboatError {
  return new LifeboatError({
    code: 'source-channel-binding-missing',
    kind: 'source',
    what: `Cannot connect to ${display}: the server does not offer channel binding, which the URL requires.`,
    meaning: 'Somebody between could pass for the server, or the connection is not encrypted.',
    remedy: 'Connect with TLS and a SCRAM password; or take channel_binding=require out of the URL.',
  });
}
