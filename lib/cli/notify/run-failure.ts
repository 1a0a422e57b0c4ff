import * as v from 'valibot';
import type { LifeboatError } from '../../engine/ground/errors.ts';
import type { CommandOutcome } from '../program/context.ts';
import { EXIT_CODE_MEANINGS, EXIT_CODES, type ExitCode } from '../program/exit-codes.ts';
import type { ReportedCommand, RunSubject } from './run-subject.ts';

/** How a command failed, in words for people who do not see its terminal. */
export interface RunFailure {
  readonly exitCode: ExitCode;
  readonly happened: string;
  readonly toDo: string;
  /** Whether backups, or what was restored, may be worth nothing. */
  readonly isGrave: boolean;
}

const GRAVE: ReadonlySet<ExitCode> = new Set([EXIT_CODES.verification, EXIT_CODES.drill, EXIT_CODES.target]);
/** The verdicts of a drill's and a verification's items that are faults. */
const WRONG: ReadonlySet<string> = new Set(['differs', 'damaged', 'unreadable']);
/** Names of tables or backups that a message lists. */
const MOST_NAMES = 5;

const TO_DO: Readonly<Record<ReportedCommand, string>> = {
  backup: 'Read the output of the command, mend what it names, and run it again.',
  drill:
    'Assume that this backup cannot be restored. Drill the one before it, and compare the reports (`lifeboat drill --report`).',
  verify:
    'Do not rely on this backup. Take a new one, drill it, and look at what changed the vault (`lifeboat verify`).',
  copy: 'Run the same command again: what is there already is not sent again.',
  prune: 'Read the output of the command, and run it again. Every backup that is listed is whole.',
  restore: 'Read the output of the command. Do not use the target before the restore is complete.',
  refresh:
    'Read the output of the command. A finding names the column that holds originals: give it a mask, and refresh again.',
};

/** The heading of docs/runbook.md that helps. */
const HEADINGS: Readonly<Partial<Record<ReportedCommand, string>>> = {
  backup: 'backup-failed',
  drill: 'drill-failed',
  verify: 'corruption',
  restore: 'situations',
};

export function runbookOf(command: ReportedCommand, runbook: string | undefined): string | undefined {
  if (!runbook) return undefined;
  const heading = HEADINGS[command];
  return heading === undefined ? runbook : `${runbook}#${heading}`;
}

/** The failure of a command that ended with an error. */
export function failureOfError(
  { what, meaning, remedy }: LifeboatError,
  exitCode: ExitCode,
  { command }: RunSubject,
): RunFailure {
  return {
    exitCode,
    happened: [what, meaning].filter(Boolean).join(' '),
    toDo: remedy || TO_DO[command],
    isGrave: GRAVE.has(exitCode),
  };
}

/** The failure of a command that has a result, which is not the one that was wanted. */
export function failureOfOutcome({ exitCode, json }: CommandOutcome, { command }: RunSubject): RunFailure {
  const meaning = EXIT_CODE_MEANINGS.find(([code]) => code === exitCode)?.[1] ?? 'the command failed';
  const [first = '', ...rest] = [sentence(meaning), ...detailsOf(json)];
  return {
    exitCode,
    happened: [first, ...rest].join(' '),
    toDo: TO_DO[command],
    isGrave: GRAVE.has(exitCode),
  };
}

const named = v.object({ name: v.string() });
const resultSchema = v.object({
  name: v.optional(v.string()),
  items: v.optional(v.array(v.object({ ...named.entries, verdict: v.optional(v.string()) }))),
  backups: v.optional(
    v.array(v.object({ ...named.entries, error: v.optional(v.object({ what: v.string() })) })),
  ),
  scan: v.optional(v.object({ findings: v.array(v.object({ where: v.string(), isChance: v.boolean() })) })),
  failures: v.optional(v.array(v.union([v.string(), v.object({ what: v.optional(v.string()) })]))),
});

/**
 * Names what is wrong, from the fields of `--json`. The reasons of a drill's items stay out: what a check of the user's
 * own has read may be in them.
 */
function detailsOf(json: object): string[] {
  const result = v.safeParse(resultSchema, json);
  if (!result.success) return [];
  const { name, items = [], backups = [], failures = [], scan } = result.output;
  const leaks = (scan?.findings ?? []).flatMap(({ where, isChance }) => (isChance ? [] : [where]));
  const wrong = items.filter(({ verdict = 'match' }) => WRONG.has(verdict)).map((item) => item.name);
  const errors = [
    ...backups.flatMap((backup) => (backup.error ? [`${backup.name}: ${backup.error.what}`] : [])),
    ...failures.flatMap((failure) => (typeof failure === 'string' ? failure : (failure.what ?? []))),
  ];
  return [
    ...(name === undefined ? [] : [`The backup is ${name}.`]),
    ...(wrong.length === 0 ? [] : [`It concerns ${listed(wrong)}.`]),
    ...(leaks.length === 0 ? [] : [`Values of production are in ${listed(leaks)}.`]),
    ...errors.slice(0, MOST_NAMES).map(sentence),
    ...(errors.length > MOST_NAMES ? [`There are ${errors.length - MOST_NAMES} more.`] : []),
  ];
}

function listed(names: readonly string[]): string {
  const rest = names.length - MOST_NAMES;
  return rest > 0 ? `${names.slice(0, MOST_NAMES).join(', ')} and ${rest} more` : names.join(', ');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.*$/, '')}.`;
}
