import { LifeboatError } from '../../engine/ground/errors.ts';
import type { OutputStream } from '../../present/terminal/page.ts';
import { EXIT_CODES } from './exit-codes.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * One Ctrl-C in a terminal reaches this process twice if a parent (npm, npx, our own launcher) passes on the
 * signal that the terminal has already sent to every process. A person needs longer than this to press it
 * twice.
 */
const SAME_SIGNAL_MS = 300;

export interface SignalSource {
  readonly stderr: OutputStream;
  on(signal: (typeof SIGNALS)[number], listener: () => void): unknown;
  exit(code: number): void;
}

/**
 * Aborts at the first signal, so that the command can clean up. The second signal ends the process at once.
 */
export function interruptOn(
  source: SignalSource,
  clock: () => number = () => performance.now(),
): AbortSignal {
  const controller = new AbortController();
  let firstAtMs: number | undefined;
  for (const signal of SIGNALS) {
    source.on(signal, () => {
      if (firstAtMs === undefined) {
        firstAtMs = clock();
        if (source.stderr.isTTY) source.stderr.write('\nstopping; press again to end at once\n');
        controller.abort(
          new LifeboatError({ code: 'interrupted', kind: 'interrupted', what: 'Interrupted.' }),
        );
      } else if (clock() - firstAtMs > SAME_SIGNAL_MS) {
        source.stderr.write(
          'ended at once: a temporary directory or unfinished uploads may be left behind\n',
        );
        source.exit(EXIT_CODES.interrupted);
      }
    });
  }
  return controller.signal;
}
