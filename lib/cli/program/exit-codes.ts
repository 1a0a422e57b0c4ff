import type { FailureKind } from '../../engine/ground/errors.ts';

/** The exit codes that scripts rely on. A code that is not in this table means failure. */
export const EXIT_CODES = {
  fine: 0,
  unexpected: 1,
  usage: 2,
  source: 3,
  vault: 4,
  verification: 5,
  drill: 6,
  target: 7,
  doctor: 8,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT_CODES)[keyof typeof EXIT_CODES];

export const EXIT_CODE_MEANINGS: ReadonlyArray<readonly [code: ExitCode, meaning: string]> = [
  [EXIT_CODES.fine, 'done; for a drill: proven, or proven with skips'],
  [EXIT_CODES.unexpected, 'an unexpected error, perhaps a defect in Lifeboat'],
  [EXIT_CODES.usage, 'the command line, or something it names, cannot be used'],
  [EXIT_CODES.source, 'the source cannot be reached, or refuses the connection or a statement'],
  [EXIT_CODES.vault, 'the vault cannot be reached, refuses a request, or does not hold that backup'],
  [EXIT_CODES.verification, 'the backup is damaged, or could not be read in full'],
  [EXIT_CODES.drill, 'the drill failed: the restored database differs from what was backed up'],
  [
    EXIT_CODES.target,
    'the target of a restore cannot be reached, refuses, must not be restored into, or does not hold all of the backup now; rows conflict with others',
  ],
  [
    EXIT_CODES.doctor,
    'the doctor found a problem (init then writes nothing), health found something critical, status found a source that is not safe, or an alert test failed',
  ],
  [EXIT_CODES.interrupted, 'interrupted by SIGINT, SIGTERM or SIGHUP'],
];

const CODE_OF_KIND: Readonly<Record<FailureKind, ExitCode>> = {
  usage: EXIT_CODES.usage,
  source: EXIT_CODES.source,
  vault: EXIT_CODES.vault,
  verification: EXIT_CODES.verification,
  drill: EXIT_CODES.drill,
  target: EXIT_CODES.target,
  interrupted: EXIT_CODES.interrupted,
  internal: EXIT_CODES.unexpected,
};

export function exitCodeOf(kind: FailureKind): ExitCode {
  return CODE_OF_KIND[kind];
}
