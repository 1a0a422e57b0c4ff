import { expect, it } from 'vitest';
import { interruptOn } from '../../../../lib/cli/program/interruption.ts';
import { CapturedStream } from '../captured-stream.ts';

function watched(columns?: number) {
  const listeners = new Map<string, () => void>();
  const exits: number[] = [];
  const stderr = new CapturedStream(columns);
  let nowMs = 5000;
  const signal = interruptOn(
    { stderr, on: (name, listener) => listeners.set(name, listener), exit: (code) => exits.push(code) },
    () => nowMs,
  );
  return {
    signal,
    stderr,
    exits,
    send: (name: string, afterMs: number) => {
      nowMs += afterMs;
      listeners.get(name)?.();
    },
  };
}

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('aborts at the first %s', (name) => {
  const { signal, send, exits } = watched();
  expect(signal.aborted).toBe(false);
  send(name, 0);
  expect(signal.aborted).toBe(true);
  expect(signal.reason).toMatchObject({ code: 'interrupted', kind: 'interrupted' });
  expect(exits).toEqual([]);
});

it('takes the same Ctrl-C, passed on by a parent, for one', () => {
  const { send, exits } = watched();
  send('SIGINT', 0);
  send('SIGINT', 5);
  expect(exits).toEqual([]);
});

it('ends at once at the second', () => {
  const { send, exits, stderr } = watched();
  send('SIGINT', 0);
  send('SIGINT', 1200);
  expect(exits).toEqual([130]);
  expect(stderr.text).toContain('may be left');
});

it('says in a terminal how to end at once, and nothing in a pipe', () => {
  const terminal = watched(80);
  terminal.send('SIGINT', 0);
  expect(terminal.stderr.text).toContain('press again to end at once');
  const pipe = watched();
  pipe.send('SIGINT', 0);
  expect(pipe.stderr.text).toBe('');
});
