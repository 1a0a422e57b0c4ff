import { vi } from 'vitest';

/** Captures what a function in this process logs, until the answer is called, which tells it. */
export function captureLog(): () => string {
  const pieces: string[] = [];
  const take = (piece: unknown) => {
    pieces.push(String(piece));
    return true;
  };
  // The logger has a console of its own, which writes into the streams.
  const spies = [process.stdout, process.stderr].map((stream) =>
    vi.spyOn(stream, 'write').mockImplementation(take),
  );
  return () => {
    for (const spy of spies) spy.mockRestore();
    return pieces.join('');
  };
}
