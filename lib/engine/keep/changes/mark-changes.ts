import {
  type EpochPlace,
  epochKey,
  numberOfEntry,
  numberOfObject,
} from '../../archive/changes/change-keys.ts';
import { changeProofsPrefix } from '../../archive/changes/change-proof.ts';
import { timeOfId } from '../../archive/keys.ts';
import type { ListOptions } from '../../archive/listing.ts';
import type { ObjectStore, ObjectSummary } from '../../storage/object-store.ts';
import type { ExpiryMarks } from '../expiry-marks.ts';
import { epochsWithObjects, objectsOfEpoch } from './epoch-objects.ts';
import { markInOrder } from './mark-in-order.ts';
import type { EpochNeed, Needs } from './needed-bases.ts';

export interface MarkChangesRequest {
  readonly store: ObjectStore;
  readonly marks: ExpiryMarks;
  readonly source: string;
  readonly needs: Needs;
  /** The beginning of the moments that have to be restorable. What is younger stays. */
  readonly since: Date;
  readonly options: ListOptions;
}

/**
 * Marks what of a source's captured changes nobody needs, and says how many objects. The rules of the bucket hide what is
 * marked in no order, so an object goes only when what names it is gone: entries before their segments and leases, the
 * file of an epoch before all that is in it. That takes a run for each, and no reader ever finds half of something.
 */
export async function markChanges(request: MarkChangesRequest): Promise<number> {
  const { store, source, needs, options } = request;
  const proofs = (await store.list(changeProofsPrefix(source), options)).objects;
  let marked = 0;
  for (const need of needs.epochs) {
    if (need.kind === 'from') marked += await markBefore(request, need);
    if (need.kind === 'nothing' && need.why === 'before-window')
      marked += await mark(request, [
        ...proofsOf(proofs, need).map(({ key }) => key),
        epochKey({ source, epoch: need.epoch }),
      ]);
  }
  marked += await mark(request, oldProofs(request, proofs));
  const newest = needs.epochs.at(-1)?.epoch ?? 0;
  const known = new Set(needs.epochs.map(({ epoch }) => epoch));
  for (const epoch of await epochsWithObjects(store, source, options)) {
    if (known.has(epoch) || epoch >= newest) continue;
    const left = await objectsOfEpoch(store, { source, epoch }, options);
    marked += await mark(
      request,
      left.map(({ key }) => key),
    );
  }
  return marked;
}

async function markBefore(
  request: MarkChangesRequest,
  { epoch, first }: EpochPlace & { readonly first: number },
): Promise<number> {
  const { store, source, since, options } = request;
  const objects = await objectsOfEpoch(store, { source, epoch }, options, first);
  const entries = objects.flatMap(({ key }) => numberOfEntry(key) ?? []);
  const listed = Math.min(first, ...entries);
  const goes = ({ key, lastModified }: ObjectSummary) => {
    if (lastModified > since) return false;
    const number = numberOfObject(key) ?? Number.POSITIVE_INFINITY;
    return number < (numberOfEntry(key) === undefined ? listed : first);
  };
  const kinds = Map.groupBy(objects.filter(goes), ({ key }) => key.split('/')[2]);
  let marked = 0;
  for (const ofKind of kinds.values())
    marked += await mark(
      request,
      ofKind.map(({ key }) => key),
    );
  return marked;
}

/** Those of stretches that ended at or before the oldest base that is needed: they prove nothing that can be restored. */
function oldProofs({ needs, since }: MarkChangesRequest, proofs: readonly ObjectSummary[]): string[] {
  const times = needs.bases.map(({ backupId }) => timeOfId(backupId).getTime());
  if (times.length === 0) return [];
  const oldest = Math.min(...times);
  return proofs
    .filter(({ key, lastModified }) => {
      const [, backupId = ''] = /\/\d{6}-([^/]+)\.json$/.exec(key) ?? [];
      return lastModified <= since && timeOfId(backupId).getTime() <= oldest;
    })
    .map(({ key }) => key);
}

function proofsOf(proofs: readonly ObjectSummary[], { epoch }: EpochNeed): ObjectSummary[] {
  const start = `${String(epoch).padStart(6, '0')}-`;
  return proofs.filter(({ key }) => key.split('/').at(-1)?.startsWith(start));
}

function mark({ marks, options }: MarkChangesRequest, keys: readonly string[]): Promise<number> {
  return markInOrder(marks, keys.toSorted(), options);
}
