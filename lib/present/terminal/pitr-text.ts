import type { CaptureResult } from '../../engine/capture/capture.ts';
import type { DisableReport } from '../../engine/capture/disable.ts';
import type { EnableReport } from '../../engine/capture/enable.ts';
import type { CaptureStatus } from '../../engine/capture/status.ts';
import type { WatchSlotResult } from '../../engine/capture/watch-slot.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';
import { countOf, formatBytes, formatTime } from './units.ts';
import { wrap } from './wrap.ts';

const REASONS = {
  'no-key': 'no primary key, and no REPLICA IDENTITY that finds a row',
  unlogged: 'unlogged: its changes are not in the WAL',
  'left-out': 'left out',
  'not-owned': 'the role does not own it, so it cannot publish it',
  foreign: 'a foreign table',
  'not-captured': 'never in the stream of changes',
} as const;

export function captureText(result: CaptureResult, page: Page): string[] {
  const lines: string[] = [];
  if (result.ended)
    lines.push(
      `Epoch ${result.ended.epoch} ended: ${printable(result.ended.what)} Epoch ${result.epoch} has begun. Moments between the two cannot be restored.`,
    );
  if (result.outcome === 'busy') lines.push('Another capture is at work; this one did nothing.');
  else {
    lines.push(
      `Recovery point ${formatTime(new Date(result.recoveryPoint))} UTC: ${result.outcome === 'quiet' ? 'nothing happened' : `${countOf(result.transactions, 'transaction')} in ${formatBytes(result.storedBytes)}`}. The slot holds ${formatBytes(result.heldWalBytes)} of WAL.`,
    );
  }
  if (result.baseDue)
    lines.push(
      'A base is due: no moment of this epoch can be restored before a full backup was made. Run `lifeboat backup`.',
    );
  return lines.flatMap((line) => wrap(line, page.columns));
}

export function enableText({ outcome, epoch, advice }: EnableReport, page: Page): string[] {
  const lines = [
    outcome === 'enabled'
      ? `Changes of ${epoch.source} can be captured: epoch ${epoch.epoch} begins at ${epoch.from}, with the slot and publication ${epoch.slot.name}.`
      : `Changes of ${epoch.source} are captured already, in epoch ${epoch.epoch}.`,
    `Captured: ${countOf(epoch.tables.length, 'table')} with a key. Only in the backups: ${epoch.notCovered.length === 0 ? 'nothing else' : ''}`,
    ...epoch.notCovered.map(({ name, reason }) => `  ${printable(name)}: ${REASONS[reason]}`),
    'Neither are changes of sequences (their newest value is), large objects, unlogged tables, roles and other databases.',
    'What it costs: the slot keeps WAL until it was read; each poll reads the WAL once; every changed row is sent to this machine and stored (docs/point-in-time.md has figures).',
    ...advice.map(({ what, remedy }) => `${what} ${remedy}`),
    'Next: `lifeboat capture --every 1m` here, and `lifeboat pitr watch --every 1m` elsewhere; the capture takes the first base by itself.',
  ];
  return lines.flatMap((line) => wrap(line, page.columns));
}

export function disableText(
  source: string,
  { slotDropped, noted, notices }: DisableReport,
  page: Page,
): string[] {
  return [
    slotDropped
      ? `The slot of ${source} is dropped: it holds no WAL any more.`
      : `There was no slot of ${source}.`,
    noted
      ? 'The vault knows that the capture was ended. What it holds stays restorable until it expires.'
      : 'The end is not noted in the vault.',
    ...notices.map(printable),
  ].flatMap((line) => wrap(line, page.columns));
}

export function statusText(status: CaptureStatus, page: Page): string[] {
  const { slot, coverage } = status;
  const lines = [
    `${status.source}: ${status.state}${status.problem ? `. ${printable(status.problem)} The next capture begins a new epoch.` : ''}`,
    ...(status.recoveryPoint
      ? [
          `Recovery point: ${formatTime(new Date(status.recoveryPoint))} UTC, ${status.recoveryPointAgeSeconds} seconds ago by the source's clock.`,
        ]
      : []),
    slot
      ? `The slot holds ${formatBytes(slot.heldWalBytes)} of WAL (wal_status ${slot.walStatus}).`
      : 'There is no slot.',
    ...status.epochs.map(
      ({ epoch, startedAt, recoveryPoint, base, end }) =>
        `Epoch ${epoch}: ${formatTime(new Date(startedAt))} to ${formatTime(new Date(recoveryPoint))} UTC, ${base ? `base ${base}` : 'no base'}${end ? `; ended: ${printable(end.what)}` : ''}`,
    ),
    `${countOf(coverage.covered.length, 'table')} with a key; only in the backups: ${coverage.notCovered.map(({ name, reason }) => `${printable(name)} (${REASONS[reason]})`).join(', ') || 'nothing'}`,
  ];
  return lines.flatMap((line) => wrap(line, page.columns));
}

export function watchText(result: WatchSlotResult, page: Page): string[] {
  const { verdict, slot, heldWalBytes, maxHeldWalBytes } = result;
  const held = `${formatBytes(heldWalBytes)} of ${formatBytes(maxHeldWalBytes)}`;
  const line = {
    'no-slot': `There is no slot ${slot}.`,
    fine: `The slot ${slot} holds ${held}.`,
    warning: `The slot ${slot} holds ${held}, and the limit is near: the capture does not keep up.`,
    lost: `PostgreSQL has invalidated the slot ${slot}. It holds no WAL; the next capture begins a new epoch.`,
    dropped: `The slot ${slot} held ${held}, and was dropped, so that the WAL does not fill the disk. The next capture begins a new epoch.`,
  }[verdict];
  return wrap(line, page.columns);
}
