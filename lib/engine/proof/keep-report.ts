import type { DrillReport } from '../archive/drill-report.ts';
import type { Manifest } from '../archive/manifest.ts';
import { type KeptRecord, keepRecord } from '../attest/keep-record.ts';
import { drillStatement } from '../attest/predicates.ts';
import type { Signer } from '../attest/signing-key.ts';
import { deletedStoreOf } from '../storage/deleted-store.ts';
import { keepProof, type ProofKeeper } from './keep-proof.ts';

interface ReportKeeper extends ProofKeeper {
  readonly signer?: Signer | undefined;
  readonly onRecord?: ((kept: KeptRecord) => void) | undefined;
}

/**
 * Keeps what a drill found: the proof, if it passed and there is none yet, and then a record of the drill, passed or not,
 * which auditors read. What goes wrong with the record is a notice. The proof is in the vault by then.
 */
export async function keepReport(
  keeper: ReportKeeper,
  report: DrillReport,
  { snapshot }: Pick<Manifest, 'snapshot'>,
): Promise<void> {
  const proofSha256 = report.verdict === 'failed' ? undefined : await keepProof(keeper, report);
  const { store, place, signer, observer, onRecord } = keeper;
  // Somebody looks at what was deleted: nothing of that is left for others to see.
  if (deletedStoreOf(store)) return;
  const statement = drillStatement(report, snapshot.takenAt, proofSha256);
  const kept = await keepRecord({ store, place, statement, at: new Date(report.finishedAt), signer });
  for (const problem of kept.problems) observer?.onNotice?.(problem);
  onRecord?.(kept);
}
