import { setTimeout as delay } from 'node:timers/promises';
import type { ConnectionSettings } from '../../engine/connection/connection-settings.ts';
import { LifeboatError, messageOf } from '../../engine/ground/errors.ts';
import { health, unreachableReport } from '../../engine/health/health.ts';
import { previousOfReport } from '../../engine/health/previous.ts';
import type { HealthSettings } from '../../engine/health/settings.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { lookAtSource } from '../../engine/watch/look-at-source.ts';
import { ManifestMemory } from '../../engine/watch/manifest-memory.ts';
import { withWayTo } from '../options/ssh-option.ts';
import type { Context } from '../program/context.ts';
import { redact } from '../program/redact.ts';
import type { HealthAddress } from './health-address.ts';
import { Last, type Limits } from './last-results.ts';
import { listenForMonitors } from './listen.ts';

export interface ServeRequest {
  readonly address: HealthAddress;
  readonly token: string | undefined;
  readonly source: ConnectionSettings;
  readonly settings: HealthSettings;
  readonly limits: Limits;
  /** Undefined: only the source is watched. */
  readonly vault: ObjectStore | undefined;
}

/**
 * Measures the source, and looks at the vault, again and again, and answers monitors from the last results until
 * the signal aborts. A run that fails is told on stderr, and the results turn stale.
 */
export async function serveHealth(request: ServeRequest, context: Context): Promise<void> {
  const { signal, now, stderr } = context;
  const last = new Last(request.limits, now);
  const listener = await listenForMonitors(request.address, { token: request.token, answers: last });
  stderr.write(`Serving ${listener.url}/health and ${listener.url}/metrics\n`);
  const vaultWatch = watchVault(request, last);
  try {
    while (!signal.aborted) {
      await Promise.all([
        told('The source', () => measure(request, last, context), context),
        told('The vault', () => vaultWatch(context), context),
      ]);
      await delay(request.limits.everyMinutes * 60_000, undefined, { signal }).catch(() => {});
    }
  } finally {
    await listener.close();
  }
}

async function measure({ source, settings }: ServeRequest, last: Last, context: Context): Promise<void> {
  const { signal, now } = context;
  const previous = last.report && previousOfReport(last.report);
  last.measured(await healthThrough(source, { settings, previous }, { ...context, signal, now }));
}

/** Health by the way to the source. A machine in between that fails is a source that cannot be reached. */
export async function healthThrough(
  source: ConnectionSettings,
  given: Pick<Parameters<typeof health>[0], 'settings' | 'previous'>,
  context: Context,
) {
  const { signal, now } = context;
  const request = { source, ...given, now, signal };
  try {
    return await withWayTo(source, context, (reached) => health({ ...request, source: reached }));
  } catch (error) {
    const isWay = error instanceof LifeboatError && error.code.startsWith('source-ssh');
    if (signal.aborted || !isWay || error.kind !== 'source') throw error;
    return unreachableReport(error, request);
  }
}

function watchVault({ vault, limits }: ServeRequest, last: Last) {
  const memory = new ManifestMemory();
  return async ({ now, signal }: Context) => {
    if (!vault) return;
    const at = now();
    // The age counts from the backup itself, not from when one was due.
    const dueSince = { backupsDueSince: new Date(0), drillsDueSince: new Date(0) };
    const asked = { store: vault, source: limits.source, now: at, memory, signal, mayHoldCopies: true };
    last.looked(await lookAtSource({ ...asked, ...dueSince }), at);
  };
}

async function told(what: string, run: () => Promise<void>, context: Context): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (context.signal.aborted) return;
    const why = error instanceof LifeboatError ? error.what : messageOf(error);
    context.stderr.write(
      `${context.now().toISOString()} ${what}: ${redact(why, context.environment)} The next run tries again.\n`,
    );
  }
}
