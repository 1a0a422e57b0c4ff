import type { ArchiveCopy } from '../support/archive-copy.ts';

/** One damaged copy of a good backup. */
export interface Mutant {
  readonly kind: string;
  /** What was damaged: an object's key, a table's name. For messages. */
  readonly where: string;
  /** The items that verify may call damaged for it; at least one of them it must. */
  readonly names: readonly string[];
  /** Undefined: as it happens, the damage changes nothing here, so there is nothing to catch. */
  make(): ArchiveCopy | undefined;
}
