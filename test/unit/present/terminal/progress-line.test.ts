import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LifeboatError } from '../../../../lib/engine/ground/errors.ts';
import { ProgressLine } from '../../../../lib/present/terminal/progress-line.ts';
import { progressText } from '../../../../lib/present/terminal/progress-text.ts';
import { TransferRate } from '../../../../lib/present/terminal/transfer-rate.ts';
import { CapturedStream } from '../../cli/captured-stream.ts';

const ERASE_LINE = '\r\u001b[K';

const copying = {
  phase: 'copy',
  tablesDone: 12,
  tablesTotal: 40,
  rawBytes: 123_000_000,
  expectedBytes: 410_000_000,
};
const facts = { progress: copying, items: 'tables', elapsedMs: 12_300, bytesPerSecond: 45_200_000 };

describe('progressText', () => {
  it('says what is done, how fast, and how long it will take', () => {
    expect(progressText(facts, 100)).toBe(
      'copy       12/40 tables  123 MB of 410 MB  45.2 MB/s  ETA 0:07  0:12',
    );
  });

  it('fits 80 columns with the largest numbers', () => {
    const progress = {
      phase: 'post-data',
      tablesDone: 9998,
      tablesTotal: 9999,
      rawBytes: 999e9,
      expectedBytes: 999.9e9,
    };
    const text = progressText({ ...facts, progress, bytesPerSecond: 99.9e6, elapsedMs: 35_999_000 }, 80);
    expect(text.length).toBeLessThanOrEqual(79);
    expect(text).not.toContain('…');
  });

  it('leaves out what is not known, and an estimate that was too small', () => {
    const locking = { phase: 'lock', tablesDone: 0, tablesTotal: 0, rawBytes: 0 };
    expect(progressText({ ...facts, progress: locking, bytesPerSecond: undefined }, 80)).toBe(
      'lock       0:12',
    );
    expect(progressText({ ...facts, progress: { ...copying, rawBytes: 500_000_000 } }, 80)).toBe(
      'copy       12/40 tables  500 MB  45.2 MB/s  0:12',
    );
    expect(progressText({ ...facts, bytesPerSecond: 0 }, 80)).not.toContain('ETA');
    const done = { ...copying, tablesDone: 40 };
    expect(progressText({ ...facts, progress: done }, 80)).toBe(
      'copy       40/40 tables  123 MB  45.2 MB/s  0:12',
    );
  });

  it('shows the time that the run expects of itself, in phases that move no bytes too', () => {
    const keys = { ...copying, phase: 'keys', tablesDone: 3, tablesTotal: 12, items: 'keys and indexes' };
    const ahead = { remainingMs: 81_500, share: 0.426 };
    expect(progressText({ ...facts, progress: keys, ahead }, 80)).toBe(
      'keys       3/12 keys and indexes  42 %  ETA 1:22  0:12',
    );
    expect(progressText({ ...facts, ahead: { remainingMs: 0, share: 1 } }, 100)).toContain('99 %  ETA 0:00');
  });

  it('is cut where the terminal is narrow', () => {
    expect(progressText(facts, 30)).toBe('copy       12/40 tables  123…');
  });
});

describe('TransferRate', () => {
  const rows = (rawBytes: number) => ({ phase: 'rows', rawBytes });

  it('is of the last seconds, not of the whole', () => {
    const rate = new TransferRate();
    expect(rate.bytesPerSecond()).toBeUndefined();
    for (let second = 0; second <= 10; second += 1) rate.record(second * 1000, rows(100 * second));
    for (let second = 11; second <= 20; second += 1) rate.record(second * 1000, rows(700 * second - 6000));
    expect(rate.bytesPerSecond()).toBe(700);
  });

  it('begins anew with each phase, and where the count does', () => {
    const rate = new TransferRate();
    rate.record(0, { phase: 'open', rawBytes: 0 });
    rate.record(4000, rows(0));
    rate.record(5000, rows(300));
    expect(rate.bytesPerSecond()).toBe(300);
    rate.record(6000, rows(0));
    expect(rate.bytesPerSecond()).toBeUndefined();
    rate.record(7000, rows(500));
    expect(rate.bytesPerSecond()).toBe(500);
    rate.record(8000, { phase: 'compare', rawBytes: 500 });
    expect(rate.bytesPerSecond()).toBeUndefined();
  });

  it('counts from when something came', () => {
    const rate = new TransferRate();
    for (let second = 0; second <= 9; second += 1) rate.record(second * 1000, rows(0));
    rate.record(10_000, rows(800));
    expect(rate.bytesPerSecond()).toBe(800);
  });
});

describe('ProgressLine', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const line = (stream: CapturedStream, environment = {}) =>
    ProgressLine.of({ stderr: stream, environment }, 'tables');

  it('redraws one line by a clock, and erases it in the end', () => {
    const terminal = new CapturedStream(80);
    const progress = line(terminal, { NO_COLOR: '1' });
    for (let done = 0; done < 1000; done += 1)
      progress.observer.onProgress?.({ ...copying, tablesDone: done });
    expect(terminal.text.split('\r')).toHaveLength(2);
    vi.advanceTimersByTime(250);
    expect(terminal.text.split('\r')).toHaveLength(4);
    expect(terminal.text).toContain('999/40 tables');
    expect(terminal.text).not.toContain('\n');
    progress.stop();
    expect(terminal.text.endsWith('\r\u001b[K')).toBe(true);
    const ended = terminal.text;
    vi.advanceTimersByTime(1000);
    expect(terminal.text).toBe(ended);
  });

  it('writes nothing into a pipe, and keeps the notices for the summary', () => {
    const pipe = new CapturedStream();
    const progress = line(pipe);
    progress.observer.onProgress?.(copying);
    progress.observer.onNotice?.('waiting for a lock\n');
    const failure = new LifeboatError({ code: 'x', kind: 'source', what: 'The server is starting up.' });
    progress.observer.onRetry?.(failure, 1200);
    progress.stop();
    expect(pipe.text).toBe('');
    expect(progress.notices).toEqual([
      'waiting for a lock\\x0a',
      'The server is starting up. Trying again in 1.2 s.',
    ]);
  });

  it('puts notices above the line', () => {
    const terminal = new CapturedStream(80);
    const progress = line(terminal, { NO_COLOR: '1' });
    progress.observer.onProgress?.(copying);
    progress.observer.onNotice?.('waiting for a lock');
    progress.stop();
    expect(terminal.text).toContain(`${ERASE_LINE}note: waiting for a lock
${ERASE_LINE}copy `);
  });

  it('has colours only where they are wanted', () => {
    const coloured = new CapturedStream(80);
    line(coloured).observer.onProgress?.(copying);
    expect(coloured.text).toContain('\u001b[36m');
    for (const environment of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      const plain = new CapturedStream(80);
      line(plain, environment).observer.onProgress?.(copying);
      expect(plain.text).not.toContain('\u001b[36m');
    }
  });
});
