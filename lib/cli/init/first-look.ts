import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { nameFromDatabase } from '../../contract/source-names.ts';
import type { ConnectionSettings } from '../../engine/connection/connection-settings.ts';
import type { DoctorReport } from '../../engine/doctor/doctor.ts';
import { LifeboatError } from '../../engine/ground/errors.ts';
import { doctorText } from '../../present/terminal/doctor-text.ts';
import { pageOf } from '../../present/terminal/page.ts';
import { ProgressLine } from '../../present/terminal/progress-line.ts';
import type { Context } from '../program/context.ts';
import { interruptedError } from '../program/failure.ts';

/** What is looked at before anything is written. */
export interface LookedAt {
  readonly source: ConnectionSettings | LifeboatError | undefined;
  /** URL of the vault; undefined in AWS, where the stack makes it. */
  readonly vault: string | undefined;
  readonly name: string | undefined;
}

/** Lets the doctor look at what is there already. Findings that would make backups fail come first. */
export async function firstLook(context: Context, { source, vault, name }: LookedAt): Promise<DoctorReport> {
  const { signal, now } = context;
  const writesAs =
    name ?? (source && !(source instanceof LifeboatError) ? nameFromDatabase(source.database) : undefined);
  const { doctor } = await import('../../engine/doctor/doctor.ts');
  const progress = ProgressLine.of(context, 'checks');
  const look = (store: Parameters<typeof doctor>[0]['vault']) =>
    doctor({
      ...{ source, vault: store, sourceName: name, writesAs, maxAgeHours: 25, environment: false },
      ...{ directory: tmpdir(), now, signal, observer: progress.observer },
    });
  try {
    const report =
      vault === undefined || !isThere(vault) ? await look(undefined) : await withVault(context, vault, look);
    return { ...report, findings: worstFirst(report.findings) };
  } catch (error) {
    if (signal.aborted) throw interruptedError('Nothing was written.');
    throw error;
  } finally {
    progress.stop();
  }
}

/** Shows what somebody must know before they go on. In a pipe that is only what would make backups fail. */
export function showFindings({ findings, totals }: DoctorReport, context: Context): void {
  const page = pageOf(context.stderr, context.environment);
  const least = page.isTerminal ? totals.problem + totals.warning : totals.problem;
  if (least === 0) return;
  const shown = findings.filter(({ verdict }) => verdict === 'problem' || verdict === 'warning');
  context.stderr.write(`${doctorText({ checkedAt: '', findings: shown, totals }, page).join('\n')}\n\n`);
}

/** A directory that is not there yet is made by the first backup; a bucket must be there. */
function isThere(vault: string): boolean {
  return !vault.startsWith('file:') || existsSync(fileURLToPath(vault));
}

async function withVault(
  context: Context,
  url: string,
  look: (store: Parameters<Parameters<Context['withVault']>[1]>[0] | LifeboatError) => Promise<DoctorReport>,
): Promise<DoctorReport> {
  let isOpen = false;
  try {
    return await context.withVault(url, (store) => {
      isOpen = true;
      return look(store);
    });
  } catch (error) {
    if (isOpen || !(error instanceof LifeboatError)) throw error;
    return look(error);
  }
}

function worstFirst(findings: DoctorReport['findings']): DoctorReport['findings'] {
  const rank = { problem: 0, warning: 1, ok: 2, skipped: 3 };
  return findings.toSorted((one, other) => rank[one.verdict] - rank[other.verdict]);
}
