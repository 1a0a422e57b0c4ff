import { hostname } from 'node:os';
import type { Command } from 'commander';
import { LifeboatError, messageOf } from '../../engine/ground/errors.ts';
import { shownChannel } from '../../notify/channel.ts';
import { type Delivery, deliver } from '../../notify/deliver.ts';
import type { Beat } from '../../notify/heartbeat.ts';
import { Heartbeat } from '../../notify/heartbeat.ts';
import { type Notification, SEVERITIES, type Severity } from '../../notify/notification.ts';
import { type ReadChannels, readChannels } from '../../notify/read-channels.ts';
import { printable } from '../../present/terminal/printable.ts';
import { formatDuration } from '../../present/terminal/units.ts';
import type { NotifyOptions } from '../options/notify-options.ts';
import type { CommandOutcome, Context } from '../program/context.ts';
import { EXIT_CODES, type ExitCode } from '../program/exit-codes.ts';
import { usageError } from '../program/failure.ts';
import { redact } from '../program/redact.ts';
import { AlertMemory } from './alert-memory.ts';
import { failureOfError, failureOfOutcome, type RunFailure, runbookOf } from './run-failure.ts';
import { type RunSubject, subjectOf, titleOf, withFoundSource } from './run-subject.ts';
import { whatIsAtStake } from './what-is-at-stake.ts';

/** How a command ended. */
export interface RunEnd {
  readonly exitCode: ExitCode;
  readonly outcome?: CommandOutcome | undefined;
  readonly failure?: LifeboatError;
}

/** All messages of a run, together with their second tries, may take this long. */
const LONGEST_MS = 60_000;

/**
 * Tells channels and a monitor outside how a command ended. Nothing here changes how it ends: what cannot be told is said on
 * stderr.
 */
export class RunReport {
  readonly #context: Context;
  readonly #command: Command;
  readonly #memory: AlertMemory;
  readonly #startedAt: Date;
  readonly #started = performance.now();
  #heartbeat: Heartbeat | undefined;
  /** Undefined if the command has not begun: its command line cannot be used. */
  #startPing: Promise<void> | undefined;

  /** `command` may still be unparsed: its options are read when they are needed. */
  constructor(context: Context, command: Command) {
    this.#context = context;
    this.#command = command;
    this.#memory = new AlertMemory(context);
    this.#startedAt = context.now();
  }

  /** Tells the monitor that the command begins, without waiting for it. */
  begin(): void {
    this.#startPing = this.#beat({ state: 'start' });
  }

  /** Tells everybody how the command ended, and waits for it. Throws nothing. */
  async end(end: RunEnd): Promise<void> {
    try {
      const subject = withFoundSource(subjectOf(this.#command, this.#context), end.outcome?.json);
      const failure = failureOf(end, subject);
      if (this.#startPing === undefined && this.#isSeenByPerson(end)) return;
      await Promise.all([this.#endBeat(failure), this.#tellPeople(end, subject, failure)]);
    } catch (error) {
      this.#say(`the message could not be made: ${messageOf(error)}`);
    }
  }

  get #options(): NotifyOptions {
    return this.#command.opts<NotifyOptions>();
  }

  async #endBeat(failure: RunFailure | undefined): Promise<void> {
    // In this order, or the monitor would think that the command has begun again.
    await this.#startPing;
    const durationMs = performance.now() - this.#started;
    if (!failure) return await this.#beat({ state: 'success', durationMs });
    const why = redact(failure.happened, this.#context.environment);
    await this.#beat({ state: 'failure', durationMs, why });
  }

  async #beat(beat: Beat): Promise<void> {
    try {
      this.#heartbeat ??= this.#openHeartbeat();
      await this.#heartbeat?.tell(beat, { signal: AbortSignal.timeout(LONGEST_MS) });
    } catch (error) {
      // The end of the run says it again if it is still so.
      if (beat.state !== 'start') this.#say(whatOf(error));
    }
  }

  #openHeartbeat(): Heartbeat | undefined {
    const { environment } = this.#context;
    const { isWatched } = subjectOf(this.#command, this.#context);
    const { heartbeat } = this.#options;
    const address = heartbeat ?? (environment.LIFEBOAT_HEARTBEAT_URL || undefined);
    if (!isWatched || address === undefined) return undefined;
    const what = heartbeat === undefined ? 'LIFEBOAT_HEARTBEAT_URL' : 'The address of --heartbeat';
    return new Heartbeat(address, what, environment.LIFEBOAT_NOTIFY_ALLOW_HTTP === 'yes');
  }

  async #tellPeople(end: RunEnd, subject: RunSubject, failure: RunFailure | undefined): Promise<void> {
    const { environment, now } = this.#context;
    const read = readChannels(this.#options.notify ?? [], environment, now);
    for (const { what } of read.problems) this.#say(what);
    if (read.channels.length === 0) return;
    if (failure) {
      if (!this.#isSeenByPerson(end)) await this.#tellFailure(read, subject, failure);
    } else await this.#tellSuccess(read, subject, end);
  }

  /** A person at a terminal, who has mistyped something or pressed Ctrl-C, knows it. */
  #isSeenByPerson({ exitCode }: RunEnd): boolean {
    const { stdin, stderr } = this.#context;
    const isPersonal = exitCode === EXIT_CODES.usage || exitCode === EXIT_CODES.interrupted;
    return isPersonal && stdin?.isTTY === true && stderr.isTTY === true;
  }

  async #tellFailure(read: ReadChannels, subject: RunSubject, failure: RunFailure): Promise<void> {
    const { environment } = this.#context;
    const before = this.#memory.read(subject.key);
    const failures = (before?.failures ?? 0) + 1;
    const stake = await whatIsAtStake(this.#context, subject);
    const severity = failure.isGrave || failures > 1 || stake?.isHigh ? 'critical' : 'warning';
    const since = before?.since ?? this.#startedAt.toISOString();
    const severities = [...new Set([...(before?.severities ?? []), severity] as const)];
    // Before anything is sent: a machine that is switched off now must not forget that it has told people.
    this.#memory.write({ key: subject.key, since, failures, severities });
    const again = failures > 1 ? `This is failure number ${failures} in a row. ` : '';
    await this.#send(
      {
        ...this.#common(subject),
        state: 'firing',
        severity,
        title: `${titleOf(subject)} failed`,
        happened: redact(`${again}${failure.happened}`, environment),
        since: new Date(since),
        toDo: redact(failure.toDo, environment),
        ...(stake ? { atStake: stake.words } : {}),
        ...noteOf(read),
      },
      read,
    );
  }

  async #tellSuccess(read: ReadChannels, subject: RunSubject, { outcome }: RunEnd): Promise<void> {
    const before = this.#memory.read(subject.key);
    const took = formatDuration(performance.now() - this.#started);
    const name = outcome && 'name' in outcome.json ? ` The backup is ${outcome.json.name}.` : '';
    const success: Notification = {
      ...this.#common(subject),
      ...{ state: 'resolved', severity: 'info', title: `${titleOf(subject)} succeeded` },
      happened: `It took ${took}.${name}`,
      ...noteOf(read),
    };
    if (before) {
      const { since, failures, severities } = before;
      const times = failures === 1 ? 'once' : `${failures} times in a row`;
      const deliveries = await this.#send(
        {
          ...success,
          severity: severities.includes('critical') ? 'critical' : 'warning',
          title: `${titleOf(subject)} works again`,
          happened: `It had failed ${times}. It took ${took} now.${name}`,
          since: new Date(since),
        },
        read,
        [...severities, ...(this.#tellsAlways ? (['info'] as const) : [])],
      );
      // If nobody could be told, the next success tells it.
      if (deliveries.length === 0 || deliveries.some(({ failure }) => !failure))
        this.#memory.forget(subject.key);
    } else if (this.#tellsAlways) await this.#send(success, read);
    else {
      // These services keep what is open, and ignore what is not. This machine may have forgotten, or be a new one.
      const channels = read.channels.filter(({ foldsByKey }) => foldsByKey);
      await this.#send(success, { ...read, channels }, SEVERITIES);
    }
  }

  get #tellsAlways(): boolean {
    const { environment } = this.#context;
    const when = this.#options.notifyOn ?? (environment.LIFEBOAT_NOTIFY_ON || 'failure');
    if (when === 'always' || when === 'failure') return when === 'always';
    this.#say('LIFEBOAT_NOTIFY_ON must be failure or always. It is taken for failure.');
    return false;
  }

  #common({ key, source, command }: RunSubject) {
    const { environment, now } = this.#context;
    const runbook = runbookOf(command, environment.LIFEBOAT_RUNBOOK);
    const named = environment.LIFEBOAT_NOTIFY_ENVIRONMENT || undefined;
    return {
      ...{ key, at: now(), machine: hostname() },
      ...(source === undefined ? {} : { source }),
      ...(named === undefined ? {} : { environment: named }),
      ...(runbook === undefined ? {} : { runbook }),
    };
  }

  async #send(
    notification: Notification,
    { channels }: ReadChannels,
    severities: readonly Severity[] = [notification.severity],
  ): Promise<readonly Delivery[]> {
    const signal = AbortSignal.timeout(LONGEST_MS);
    const deliveries = await deliver(notification, channels, { severities, signal });
    for (const { failure, insteadBy } of deliveries) {
      if (failure)
        this.#say(
          [failure.what, insteadBy && `${shownChannel(insteadBy)} heard it.`].filter(Boolean).join(' '),
        );
    }
    return deliveries;
  }

  #say(what: string): void {
    const { stderr, environment } = this.#context;
    stderr.write(`not told: ${printable(redact(what, environment))}\n`);
  }
}

/** How the command failed; undefined if it did not. */
function failureOf({ exitCode, outcome, failure }: RunEnd, subject: RunSubject): RunFailure | undefined {
  if (failure) return failureOfError(failure, exitCode, subject);
  if (exitCode === EXIT_CODES.fine) return undefined;
  return outcome
    ? failureOfOutcome(outcome, subject)
    : failureOfError(usageError('unexpected', 'The command failed.', ''), exitCode, subject);
}

/** A channel that cannot be used is told to the others: nobody reads the stderr of a command that succeeds. */
function noteOf({ problems }: ReadChannels): { readonly note?: string } {
  return problems.length === 0 ? {} : { note: problems.map(({ what }) => what).join(' ') };
}

function whatOf(error: unknown): string {
  return error instanceof LifeboatError ? error.what : messageOf(error);
}
