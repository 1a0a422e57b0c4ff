import * as v from 'valibot';
import { RETENTION_CLASSES } from '../../lib/contract/retention-classes.ts';
import { manifestKey, parseManifestKey } from '../../lib/engine/archive/keys.ts';
import { LifeboatError } from '../../lib/engine/ground/errors.ts';
import type { BackupOrder } from './backup-event.ts';

const taskOrder = v.strictObject({
  place: v.strictObject({
    retentionClass: v.picklist(RETENTION_CLASSES),
    source: v.string(),
    backupId: v.string(),
  }),
  scope: v.picklist(['full', 'schema-only']),
  reason: v.exactOptional(v.string()),
});

/** The backup that a task was started for. Throws `task-order-invalid`. */
export function readTaskOrder(order: unknown, source: string): BackupOrder {
  const read = v.safeParse(taskOrder, order);
  if (
    read.success &&
    read.output.place.source === source &&
    parseManifestKey(manifestKey(read.output.place))
  ) {
    return read.output;
  }
  throw new LifeboatError({
    code: 'task-order-invalid',
    kind: 'usage',
    what: `The task was not told which backup of ${source} to make.`,
    meaning:
      'The backup function of the source starts tasks, and tells them. Somebody has started this one by hand.',
    remedy: 'Invoke the backup function instead: with compute "task" it starts a task for every backup.',
  });
}
