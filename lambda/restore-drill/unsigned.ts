import type { KeptRecord } from '../../lib/engine/attest/keep-record.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';

/** The drill has told everybody that it passed, and its proof is kept: only auditors lack something. */
export const DRILL_UNSIGNED = 'drill-unsigned';

/** What becomes of the record of the drill that runs now. */
export class RecordWatch {
  #kept: KeptRecord | undefined;
  readonly onRecord = (kept: KeptRecord): void => {
    this.#kept = kept;
  };

  /** Throws `drill-unsigned` if a key is there and the record is not signed, or not kept. */
  check(doing: string): void {
    if (!this.#kept || (this.#kept.signing !== 'failed' && this.#kept.key !== undefined)) return;
    throw drillUnsigned(doing, this.#kept.problems.join(' '));
  }
}

export function drillUnsigned(doing: string, why: string): LifeboatError {
  return new LifeboatError({
    code: 'drill-unsigned' satisfies typeof DRILL_UNSIGNED,
    kind: 'internal',
    what: `${doing} passed, and its record is not signed or not kept. ${why}`,
    meaning: 'The backup is proven, and its proof is in the vault. Auditors find no signature of this drill.',
    remedy:
      'The role of the drill must be allowed kms:Sign with the key, and s3:PutObject below evidence/drills/. Then invoke the drill function again: its record is signed, and names the manifest.',
  });
}
