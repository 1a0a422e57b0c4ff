import { randomUUID } from 'node:crypto';
import { type EpochPlace, leaseKey } from '../archive/changes/change-keys.ts';
import { leaseSchema } from '../archive/changes/change-records.ts';
import { readRecord, writeRecord } from '../archive/changes/record-file.ts';
import { ObjectExistsError, type ObjectStore } from '../storage/object-store.ts';

/** Longer than any clock difference that storages allow; a capture that died holds the others up for so long. */
export const LEASE_MS = 60_000;

export interface LeaseOrder {
  readonly store: ObjectStore;
  readonly place: EpochPlace;
  /** The entry that the holder is going to write. */
  readonly number: number;
  readonly holder?: string;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

/**
 * Takes the lease for one entry of the log: of two captures, one goes on. False if another one holds it. Each term is
 * an object of its own, written on the condition that there is none, so no clock and no listing decides who was first.
 * A lease that has run out is taken over by the next term. The log itself takes each number once, whatever becomes of
 * a lease; the lease spares the source a second decoding, and the vault a second segment.
 */
export async function takeLease({
  store,
  place,
  number,
  holder = randomUUID(),
  now,
  signal,
}: LeaseOrder): Promise<boolean> {
  for (let term = 0; ; term += 1) {
    const key = leaseKey(place, number, term);
    const takenAt = now();
    const lease = {
      format: 1 as const,
      holder,
      takenAt: takenAt.toISOString(),
      until: new Date(takenAt.getTime() + LEASE_MS).toISOString(),
    };
    try {
      await writeRecord(store, key, leaseSchema, lease, signal);
      return true;
    } catch (error) {
      if (!(error instanceof ObjectExistsError)) throw error;
      const { record } = await readRecord(store, key, leaseSchema, signal);
      if (record.holder === holder) return true;
      if (Date.parse(record.until) > now().getTime()) return false;
    }
  }
}
