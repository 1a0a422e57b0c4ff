import type { LastResults } from '../../lib/engine/health/status/status.ts';
import { readStoredHealth } from '../../lib/engine/health/stored-health.ts';
import type { ObjectStore } from '../../lib/engine/storage/object-store.ts';
import { lookAtSource, type SourceReading } from '../../lib/engine/watch/look-at-source.ts';
import { ManifestMemory } from '../../lib/engine/watch/manifest-memory.ts';
import type { EndpointSource } from '../shared/environment.ts';
import { reportFailure } from '../shared/report-failure.ts';

/** However many monitors ask, the vault is looked at once a minute. */
const KEPT_MS = 60_000;
/** What was seen is good for so long, if the vault cannot be read in between. */
const VALID_MS = 15 * 60_000;

/** The age counts from the backup itself, not from when one was due. */
const LONG_AGO = new Date(0);

interface Seen {
  readonly at: Date;
  readonly reading: SourceReading;
}

/** The last results of one source. Keeps what it has seen from one request to the next. */
export class LastLook {
  readonly #source: EndpointSource;
  readonly #stores: { readonly vault: ObjectStore; readonly results: ObjectStore };
  readonly #memory = new ManifestMemory();
  #seen: Seen | undefined;
  #looking: Promise<void> | undefined;

  constructor(
    source: EndpointSource,
    stores: { readonly vault: ObjectStore; readonly results: ObjectStore },
  ) {
    this.#source = source;
    this.#stores = stores;
  }

  /** Does not reject: what cannot be read is stale. */
  async results(now: Date, signal: AbortSignal): Promise<LastResults> {
    const { name, backupSeconds, proofSeconds, measured } = this.#source;
    const [health] = await Promise.all([
      measured ? this.#stored(signal) : undefined,
      this.#look(now, signal),
    ]);
    const reading = this.#seen?.reading;
    return {
      source: name,
      vault: {
        checkedAt: this.#seen?.at,
        validUntil: this.#seen && new Date(this.#seen.at.getTime() + VALID_MS),
        newestBackup: { at: reading?.fullSealedAt, limitSeconds: backupSeconds },
        newestProof:
          proofSeconds === undefined
            ? undefined
            : { at: reading?.provenSealedAt, limitSeconds: proofSeconds },
      },
      ...(health && { health }),
    };
  }

  async #stored(signal: AbortSignal): Promise<NonNullable<LastResults['health']>> {
    try {
      const stored = await readStoredHealth(this.#stores.results, this.#source.name, signal);
      if (stored) return { validUntil: new Date(stored.validUntil), report: stored.report };
    } catch (error) {
      reportFailure(error, `Reading the health of ${this.#source.name}`);
    }
    return { validUntil: undefined, report: undefined };
  }

  async #look(now: Date, signal: AbortSignal): Promise<void> {
    if (this.#seen && now.getTime() - this.#seen.at.getTime() < KEPT_MS) return;
    this.#looking ??= this.#lookNow(now, signal).finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  async #lookNow(now: Date, signal: AbortSignal): Promise<void> {
    const { name } = this.#source;
    const asked = { store: this.#stores.vault, source: name, memory: this.#memory, now, signal };
    try {
      const reading = await lookAtSource({ ...asked, backupsDueSince: LONG_AGO, drillsDueSince: LONG_AGO });
      this.#seen = { at: now, reading };
    } catch (error) {
      reportFailure(error, `Looking at the backups of ${name}`);
    }
  }
}
