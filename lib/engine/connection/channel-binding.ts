import type { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import type pg from 'pg';
import { LifeboatError } from '../ground/errors.ts';
import type { ConnectionSettings } from './connection-settings.ts';

/** Authentication requests other than SASL: PostgreSQL manual, "Message Flow", "Start-up". */
const OTHER_METHODS = ['authenticationCleartextPassword', 'authenticationMD5Password'] as const;

/**
 * Implements libpq's `channel_binding=require`: the password goes only to the server that holds the
 * certificate of this connection. Call it before `connect()`, and `check()` after it: that refuses a server
 * which asked for no proof.
 */
export function requireChannelBinding(client: pg.Client, settings: ConnectionSettings): { check(): void } {
  // pg declares no types for its connection, which receives the server's messages before the client does.
  const { connection } = client as unknown as { connection: EventEmitter & { stream: Socket } };
  let isBound = false;
  const refuse = () => {
    connection.emit('error', notBound(settings));
    // pg would send the password next.
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
    meaning: 'Another server could pretend to be yours, or the connection is not encrypted.',
    remedy: 'Connect with TLS and a SCRAM password, or remove channel_binding=require from the URL.',
  });
}
