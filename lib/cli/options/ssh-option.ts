import { Option } from 'commander';
import type { ConnectionSettings } from '../../engine/connection/connection-settings.ts';
import { LifeboatError, messageOf } from '../../engine/ground/errors.ts';
import { asTargetFailure } from '../../engine/target/server/target-failure.ts';
import type { Context } from '../program/context.ts';

export interface SshOptions {
  readonly ssh?: string;
}

/** `database` completes "reach … through this machine"; `variable` gives the default. */
export function sshOption(database: string, variable: string): Option {
  return new Option(
    '--ssh <destination>',
    `reach ${database} through this machine: user@host, user@host:port or a Host of ~/.ssh/config (default: ${variable}, or directly)`,
  );
}

/**
 * Opens the way to a database for as long as it is used: nothing to do, or an ssh that ends afterwards.
 * `asTarget` words failures as those of a target. An ssh that ended by itself is the cause of every lost
 * connection, so its own error comes instead of theirs.
 */
export async function withWayTo<Result>(
  settings: ConnectionSettings,
  { environment, stdin, signal }: Pick<Context, 'environment' | 'stdin' | 'signal'>,
  use: (settings: ConnectionSettings) => Promise<Result>,
  { asTarget = false }: { readonly asTarget?: boolean } = {},
): Promise<Result> {
  const { ssh: destination } = settings;
  if (destination === undefined) return await use(settings);
  const worded = (error: unknown) => (asTarget ? asTargetFailure(error) : error);
  const { openTunnel } = await import('../../engine/ssh/open-tunnel.ts');
  const tunnel = await openTunnel({
    destination,
    host: settings.hostAddress ?? settings.host,
    port: settings.port,
    mayAsk: stdin?.isTTY === true,
    environment,
    signal,
  }).catch((error: unknown) => {
    throw worded(error);
  });
  try {
    return await use({ ...settings, tunnel });
  } catch (error) {
    const isElsewhere =
      signal.aborted || (error instanceof LifeboatError && /^(?:usage|vault)$/.test(error.kind));
    if (isElsewhere) throw error;
    const ended = await tunnel.endedEarly(error, { isExpected: CONNECTION_LOST.test(messageOf(error)) });
    throw ended ? worded(ended) : error;
  } finally {
    await tunnel.close();
  }
}

/** How the driver and the engine word a connection that is gone, whatever statement noticed it first. */
const CONNECTION_LOST =
  /terminated unexpectedly|connection (?:ended|closed|was closed)|ECONNRESET|EPIPE|did not answer/i;
