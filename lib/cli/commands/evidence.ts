import { resolve } from 'node:path';
import { Command } from 'commander';
import { checkSourceName } from '../../engine/archive/keys.ts';
import type { Period } from '../../engine/evidence/evidence-report.ts';
import type { TrailEvent } from '../../engine/evidence/trail/trail-event.ts';
import type { ObjectStore } from '../../engine/storage/object-store.ts';
import { evidenceText } from '../../present/terminal/evidence-text.ts';
import { TimeZone } from '../../schedule/time-zone.ts';
import { durationValue } from '../options/capture-options.ts';
import { givenPublicKeys, publicKeyOption } from '../options/key-options.ts';
import { readMoment } from '../options/moment.ts';
import { jsonOption, nameOption } from '../options/option-values.ts';
import { vaultOption } from '../options/vault-option.ts';
import { writeNewFile } from '../options/written-file.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES } from '../program/exit-codes.ts';
import { usageError } from '../program/failure.ts';
import { keygenCommand } from './evidence-keygen.ts';
import { verifyEvidenceCommand } from './evidence-verify.ts';

interface Options {
  readonly vault?: string;
  readonly name?: string;
  readonly from?: string;
  readonly to?: string;
  readonly recoveryPoint?: number;
  readonly recoveryTime?: number;
  readonly drillEvery?: number;
  readonly publicKey?: readonly string[];
  readonly trail?: string;
  readonly html?: string;
}

export function evidenceCommand(context: Context): Command {
  return new Command('evidence')
    .summary('report for an auditor what was backed up, drilled and restored')
    .description(
      'Reports for a period which backups were taken, drilled and restored, and verifies who signed that. It supports an audit of SOC 2 or ISO 27001; docs/evidence.md says what it covers and what it does not. `lifeboat evidence --from …` is `lifeboat evidence report --from …`.',
    )
    .addCommand(reportCommand(context), { isDefault: true })
    .addCommand(verifyEvidenceCommand(context))
    .addCommand(keygenCommand(context));
}

function reportCommand(context: Context): Command {
  return new Command('report')
    .summary('backups, drills, restores and exceptions of a period')
    .description(
      'Reports which backups were taken, drilled and restored in a period, with recovery times and targets, exceptions, and what was changed in holds and retention. Times are in UTC, and the period must be over.',
    )
    .addOption(vaultOption())
    .addOption(nameOption('only this source'))
    .option('--from <time>', 'beginning of the period, such as 2026-01-01 (UTC)')
    .option('--to <time>', 'end of the period, not included; it must be over (default: today, 00:00 UTC)')
    .option(
      '--recovery-point <duration>',
      'target: longest time between two backups, such as 25h',
      durationValue,
    )
    .option('--recovery-time <duration>', 'target: longest time of a restore, such as 4h', durationValue)
    .option(
      '--drill-every <duration>',
      'target: longest time between drills that pass, such as 8d',
      durationValue,
    )
    .addOption(publicKeyOption())
    .option(
      '--trail <address>',
      'log files of AWS CloudTrail, s3://… or a folder: who read the vault, and who changed its settings',
    )
    .option('--html <file>', 'write the report as one HTML page, which prints on A4')
    .addOption(jsonOption())
    .action(async (options: Options) => {
      context.present(await context.withVault(options.vault, (store) => report(context, store, options)));
    });
}

async function report(context: Context, store: ObjectStore, options: Options): Promise<CommandOutcome> {
  const { signal, directory } = context;
  const period = periodOf(context, options);
  if (options.name !== undefined) checkSourceName(options.name);
  const [{ gatherEvidence }, { CONTROLS }] = await Promise.all([
    import('../../engine/evidence/gather-evidence.ts'),
    import('../../engine/evidence/controls.ts'),
  ]);
  const keys = await givenPublicKeys(options.publicKey, context);
  const trail =
    options.trail === undefined ? undefined : await readTrail(context, store, options.trail, period);
  const gathered = await gatherEvidence({
    ...{ store, period, keys, signal, source: options.name, trail },
    targets: {
      recoveryPointMs: options.recoveryPoint,
      recoveryTimeMs: options.recoveryTime,
      drillEveryMs: options.drillEvery,
    },
  });
  if (options.html !== undefined) {
    const { evidencePage } = await import('../../present/html/evidence/evidence-page.ts');
    writeNewFile(resolve(directory, options.html), evidencePage(gathered, CONTROLS), { overwrites: true });
  }
  return {
    exitCode: EXIT_CODES.fine,
    json: { ...gathered, controls: CONTROLS },
    text: (page) => evidenceText(gathered, options.html, page),
  };
}

async function readTrail(
  context: Context,
  vault: ObjectStore,
  address: string,
  period: Period,
): Promise<TrailEvent[]> {
  const { trailEvents } = await import('../../engine/evidence/trail/trail-events.ts');
  const { signal } = context;
  return await context.withVault(address, (logs) =>
    trailEvents({ logs, vaultUrl: vault.url, period, signal }),
  );
}

/** Times without a zone are in UTC, so that two machines make one report. */
function periodOf({ now }: Context, { from, to }: Options): Period {
  const surrounding = { now: now(), zone: new TimeZone('UTC') };
  if (from === undefined) {
    throw usageError(
      'period-missing',
      'No period was given.',
      'Give its beginning, and its end if it is not today: --from 2026-01-01 --to 2026-04-01.',
    );
  }
  const period = {
    from: readMoment('--from', from, surrounding),
    to: readMoment('--to', to ?? 'today', surrounding),
  };
  if (period.to > surrounding.now) {
    throw usageError(
      'period-not-over',
      `The period ends at ${period.to.toISOString()}, which is in the future.`,
      'End it at the latest now. Then it says the same whenever it is made.',
    );
  }
  if (period.from >= period.to) {
    throw usageError(
      'period-empty',
      `The period begins at ${period.from.toISOString()} and ends at ${period.to.toISOString()}.`,
      'Begin it before its end.',
    );
  }
  return period;
}
