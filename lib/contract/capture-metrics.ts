import type { MetricDefinition } from './metric-names.ts';

/** What the function that captures the changes of a source publishes, each once per run. */
export const CAPTURE_METRICS = {
  /**
   * Now − what the vault's changes reach to, in seconds. A run that fails publishes it, too, if it can still read the vault.
   * A run that finds nothing new knows that nothing is missing, so its recovery point is its own time.
   */
  recoveryPointAge: { name: 'RecoveryPointAgeSeconds', unit: 'Seconds', publishedBy: 'capture' },
  /** Since when no newer moment can be restored, because the epoch has no base yet, in seconds; 0 if it has one. */
  gap: { name: 'GapSeconds', unit: 'Seconds', publishedBy: 'capture' },
  /** Tables, and large objects, whose changes are not captured. */
  uncovered: { name: 'UncoveredTables', unit: 'Count', publishedBy: 'capture' },
  /** 1 if this run found the slot lost, gone or moved, or another history, and began again. */
  slotsLost: { name: 'SlotsLost', unit: 'Count', publishedBy: 'capture' },
} as const satisfies Record<string, MetricDefinition>;

/** What a drill publishes of the changes that it replayed. */
export const CHANGE_PROOF_METRICS = {
  /**
   * 1 if the changes since the backup before are wrong, or their proof did not end; 0 if they are proven. Absent where
   * nothing leads from one backup to the next, and where they are too large for the function.
   */
  unproven: { name: 'ChangesUnproven', unit: 'Count', publishedBy: 'restore-drill' },
} as const satisfies Record<string, MetricDefinition>;

/** What the watchdog of the slot publishes, each once per run. It is not the capture: either can fail alone. */
export const SLOT_METRICS = {
  heldWal: { name: 'HeldWalBytes', unit: 'Bytes', publishedBy: 'slot-watch' },
  /** 1 if this run dropped the slot, because it held as much WAL as it may. */
  slotsDropped: { name: 'SlotsDropped', unit: 'Count', publishedBy: 'slot-watch' },
} as const satisfies Record<string, MetricDefinition>;
