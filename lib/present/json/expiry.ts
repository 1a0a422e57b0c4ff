import type { KeptReason, Outlook } from '../../engine/keep/outlook.ts';

/** When a backup will go, or why it stays: one field of a listed backup. Null if nothing is known. */
export interface ExpirySummary {
  readonly state: Outlook['state'];
  /** From when on the storage removes it. Null while it is kept. */
  readonly at: string | null;
  /** Why it is kept. */
  readonly reason: KeptReason | null;
}

export function expiryOf(outlook: Outlook | undefined): ExpirySummary | null {
  if (!outlook) return null;
  return outlook.state === 'kept'
    ? { state: 'kept', at: null, reason: outlook.reason }
    : { state: outlook.state, at: outlook.at.toISOString(), reason: null };
}
