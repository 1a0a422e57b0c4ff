import type { Attempt } from '../archive/attempt.ts';
import type { Observer } from '../progress.ts';
import { type ConnectOptions, connect } from './connect.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import type { Coordinator } from './coordinator.ts';
import type { SnapshotGuard } from './guard-snapshot.ts';
import { type Catalog, type CatalogOptions, readCatalog } from './read-catalog.ts';
import { refuseChangedSchema } from './refuse-changed-schema.ts';
import { writeCatalog } from './write-catalog.ts';

export interface UnchangedCatalogOptions extends CatalogOptions {
  readonly settings: ConnectionSettings;
  readonly connectOptions: ConnectOptions;
  readonly guard: SnapshotGuard;
  readonly attempt: Attempt;
  readonly observer?: Observer | undefined;
}

/**
 * The catalog on the coordinator's own session, written, and known not to have changed under pg_dump's hands. The session
 * that looks a second time is opened meanwhile, and what it looks at is written meanwhile: should it have changed, that
 * belongs to nothing.
 */
export async function readUnchangedCatalog(
  coordinator: Coordinator,
  { settings, connectOptions, guard, attempt, observer, ...options }: UnchangedCatalogOptions,
): Promise<Catalog> {
  const connecting = connect(settings, connectOptions);
  // Whoever needs the session hears of it.
  connecting.catch(() => {});
  try {
    const catalog = await readCatalog(coordinator, options);
    for (const warning of catalog.warnings) observer?.onNotice?.(`pg_dump: ${warning}`);
    const session = await connecting;
    const { snapshot, standby } = coordinator;
    const before = { fingerprint: catalog.fingerprint, snapshot, standby };
    await guard.bothOrNeither(
      refuseChangedSchema(before, session, options.omissions),
      writeCatalog(attempt, catalog, coordinator.query),
    );
    return catalog;
  } finally {
    await connecting.then(
      (session) => session.end(),
      () => {},
    );
  }
}
