import { createHash } from 'node:crypto';
import type { Command } from 'commander';
import * as v from 'valibot';
import { nameFromDatabase } from '../../contract/source-names.ts';
import { sourceSettings } from '../options/source-option.ts';
import { vaultUrl } from '../options/vault-option.ts';
import type { Surroundings } from '../program/context.ts';

/** The commands whose end people hear of, and what a message calls them. */
const OPERATIONS = {
  backup: 'Backup',
  drill: 'Restore drill',
  verify: 'Verification',
  copy: 'Copy',
  prune: 'Pruning',
  restore: 'Restore',
  refresh: 'Refresh of staging',
} as const;
export type ReportedCommand = keyof typeof OPERATIONS;

/** The commands that must run regularly. */
const WATCHED: ReadonlySet<string> = new Set<ReportedCommand>(['backup', 'drill']);

/** What one command line is about, told by the command line alone: it is the same whether the command fails or not. */
export interface RunSubject {
  readonly command: ReportedCommand;
  readonly isWatched: boolean;
  /** `Backup` */
  readonly operation: string;
  readonly source: string | undefined;
  readonly vault: string | undefined;
  /** The stable key of its messages. */
  readonly key: string;
}

export function isReported(name: string | undefined): name is ReportedCommand {
  return name !== undefined && Object.hasOwn(OPERATIONS, name);
}

/** Reads the subject from a command whose options are parsed. Throws nothing: the options may be what is wrong. */
export function subjectOf(command: Command, surroundings: Surroundings): RunSubject {
  const name = command.name() as ReportedCommand;
  const { environment, directory } = surroundings;
  const options = command.opts<{
    readonly name?: string;
    readonly source?: string;
    readonly vault?: string;
    readonly class?: string;
    readonly to?: string;
    readonly delete?: boolean;
    readonly dryRun?: boolean;
  }>();
  const source =
    options.name ??
    sourceOfReference(command.args[0]) ??
    (name === 'backup' ? databaseOf(options.source, environment) : undefined);
  const vault = orUndefined(() => vaultUrl(options.vault, environment, directory));
  const isPreview = options.dryRun === true || (name === 'prune' && !options.delete);
  const operation = isPreview ? `Preview of ${name}` : OPERATIONS[name];
  const place = [vault, options.class, options.to, environment.LIFEBOAT_NOTIFY_ENVIRONMENT];
  const digest = createHash('sha256').update(JSON.stringify(place)).digest('hex').slice(0, 12);
  return {
    command: name,
    isWatched: WATCHED.has(name),
    operation,
    source,
    vault,
    key: ['lifeboat', isPreview ? `${name}-preview` : name, source?.slice(0, 80) ?? 'vault', digest].join(
      ':',
    ),
  };
}

/** `Backup of shop` */
export function titleOf({ operation, source }: RunSubject): string {
  return source === undefined ? operation : `${operation} of ${source}`;
}

const resultSchema = v.object({
  source: v.optional(v.string()),
  /** Of a refresh its name. */
  backup: v.optional(v.union([v.string(), v.object({ source: v.optional(v.string()) })])),
});

/** The subject with the source that the result names, if the command line names none. Its key stays. */
export function withFoundSource(subject: RunSubject, result: object | undefined): RunSubject {
  if (subject.source !== undefined) return subject;
  const { output, success } = v.safeParse(resultSchema, result);
  if (!success) return subject;
  const { source, backup } = output;
  return {
    ...subject,
    source: source ?? (typeof backup === 'string' ? sourceOfReference(backup) : backup?.source),
  };
}

/** `daily/shop/20261120T020000Z` */
function sourceOfReference(reference: string | undefined): string | undefined {
  return /^[^/]+\/([^/]+)\/[^/]+$/.exec(reference ?? '')?.[1];
}

function databaseOf(url: string | undefined, environment: Surroundings['environment']): string | undefined {
  return orUndefined(() => nameFromDatabase(sourceSettings(url, environment).database));
}

function orUndefined<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
