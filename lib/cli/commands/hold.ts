import { Command } from 'commander';
import type { RetentionClass } from '../../contract/retention-classes.ts';
import type { BackupPlace } from '../../engine/archive/keys.ts';
import { nameOfBackup } from '../../engine/archive/listing.ts';
import type { HoldReport, HoldRequest } from '../../engine/keep/hold.ts';
import type { ListedHold } from '../../engine/keep/list-holds.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { holdsText, holdText, releaseText } from '../../present/terminal/hold-text.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import { BACKUP_ARGUMENT, filterOf, namedBackup } from '../options/backup-reference.ts';
import { holdReason } from '../options/hold-reason.ts';
import { classOption, jsonOption, nameOption } from '../options/option-values.ts';
import { addTimeOptions, type TimeOptions } from '../options/time-options.ts';
import { vaultOption } from '../options/vault-option.ts';
import { userOf } from '../options/who-asks.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';
import { interruptedError } from '../program/failure.ts';

interface ListOptions {
  readonly vault?: string;
  readonly name?: string;
  readonly class?: RetentionClass;
}

interface ChangeOptions extends ListOptions, TimeOptions {
  readonly reason: string;
  readonly by?: string;
}

export function holdCommand(context: Context): Command {
  return new Command('hold')
    .summary('keep a backup until somebody says otherwise')
    .description(
      'Puts legal holds of S3 Object Lock on a backup: nobody can delete it, whatever its age, until the hold is removed. Finds deleted backups too, while the bucket keeps their versions.',
    )
    .addCommand(changeCommand(context, 'add'))
    .addCommand(changeCommand(context, 'remove'))
    .addCommand(listCommand(context));
}

const CHANGES = {
  add: {
    summary: 'hold every object of a backup',
    description:
      'Holds every version of every object of a backup, its manifest last, and notes who asked and why. If it was interrupted, run it again. Needs s3:ListBucketVersions, s3:PutObjectLegalHold, s3:PutObject below holds/, and to forget an expiry that has begun, s3:GetObjectVersionTagging and s3:DeleteObjectVersionTagging.',
    reason: 'why it must stay, for people who find the hold later: "case 4711, ask legal before removing"',
  },
  remove: {
    summary: 'end the hold on a backup',
    description:
      'Ends the hold on every version of every object of a backup, its manifest first, and notes who asked and why. From then on the backup may expire. If it was interrupted, run it again.',
    reason: 'why the backup need not stay any more',
  },
} as const;

function changeCommand(context: Context, action: keyof typeof CHANGES): Command {
  const { summary, description, reason } = CHANGES[action];
  return addTimeOptions(
    new Command(action)
      .summary(summary)
      .description(description)
      .argument('<backup>', BACKUP_ARGUMENT)
      .requiredOption('--reason <text>', reason, holdReason)
      .option('--by <name>', 'who asks (default: the name of the user who runs this)', holdReason)
      .addOption(vaultOption())
      .addOption(nameOption('only backups of this source; needed if the vault holds several'))
      .addOption(classOption('only backups of this retention class')),
  )
    .addOption(jsonOption())
    .action(async (reference: string, options: ChangeOptions) => {
      context.present(
        await context.withVault(options.vault, (store) =>
          change(context, store, action, { reference, ...options }),
        ),
      );
    });
}

function listCommand(context: Context): Command {
  return new Command('list')
    .summary('list the backups on hold')
    .description(
      'Lists the backups on hold, deleted ones too, with who asked and why. Needs s3:ListBucketVersions, s3:GetObjectLegalHold and s3:GetObject below holds/.',
    )
    .addOption(vaultOption())
    .addOption(nameOption('only backups of this source'))
    .addOption(classOption('only backups of this retention class'))
    .addOption(jsonOption())
    .action(async (options: ListOptions) => {
      context.present(await context.withVault(options.vault, (store) => list(context, store, options)));
    });
}

async function change(
  context: Context,
  store: ObjectStore,
  action: keyof typeof CHANGES,
  { reference, reason, by, ...options }: ChangeOptions & { readonly reference: string },
): Promise<CommandOutcome> {
  const { signal, now } = context;
  const [{ addHold, removeHold }, { heldVersions }, { openDeleted }] = await Promise.all([
    import('../../engine/keep/hold.ts'),
    import('../../engine/keep/held-versions.ts'),
    import('../../engine/storage/deleted-store.ts'),
  ]);
  heldVersions(store);
  const place = await namedBackup(openDeleted(store), reference, options, context);
  const line = ProgressLine.of(context, 'objects');
  const request: HoldRequest = {
    ...{ store, place, reason, signal, now },
    by: by ?? userOf(context),
    onProgress: (done, total) =>
      line.observer.onProgress?.({ phase: 'hold', tablesDone: done, tablesTotal: total, rawBytes: 0 }),
  };
  try {
    const report = await (action === 'add' ? addHold(request) : removeHold(request));
    return outcomeOf(action, report, request);
  } catch (error) {
    if (signal.aborted) throw interruptedError(stateOf(action, place));
    throw error;
  } finally {
    line.stop();
  }
}

function stateOf(action: keyof typeof CHANGES, place: BackupPlace): string {
  const name = nameOfBackup(place);
  return action === 'add'
    ? `Some objects of ${name} may be held, and others not yet. Run \`lifeboat hold add\` again.`
    : `Some objects of ${name} may still be held. Run \`lifeboat hold remove\` again.`;
}

function outcomeOf(
  action: keyof typeof CHANGES,
  report: HoldReport,
  { store, reason, by }: HoldRequest,
): CommandOutcome {
  const { place, versions, hidden, unmarking, before } = report;
  const name = nameOfBackup(place);
  const common = { vault: store.url, name, ...place, reason, by, versions, hidden };
  return action === 'add'
    ? {
        exitCode: EXIT_CODES.fine,
        json: { ...common, outcome: 'held', expiryTag: unmarking.outcome, before: beforeOf(before) },
        text: (page) => holdText({ name, versions, hidden, unmarking, before }, page),
      }
    : {
        exitCode: EXIT_CODES.fine,
        json: { ...common, outcome: 'released' },
        text: (page) => releaseText({ name, versions, hidden }, page),
      };
}

function beforeOf(before: HoldReport['before']) {
  return before ? { reason: before.reason, by: before.by, at: before.at } : null;
}

async function list({ signal }: Context, store: ObjectStore, options: ListOptions): Promise<CommandOutcome> {
  const { listHolds } = await import('../../engine/keep/list-holds.ts');
  const holds = await listHolds(store, filterOf(options), { signal });
  return {
    exitCode: EXIT_CODES.fine,
    json: { vault: store.url, holds: holds.map(jsonOf) },
    text: (page) => holdsText(holds.map(jsonOf), store.url, page),
  };
}

function jsonOf({ place, state, record, deletedAt, unheld }: ListedHold) {
  return {
    name: nameOfBackup(place),
    ...place,
    state,
    reason: record?.reason ?? null,
    by: record?.by ?? null,
    at: record?.at ?? null,
    deletedAt: deletedAt?.toISOString() ?? null,
    unheld,
  };
}
