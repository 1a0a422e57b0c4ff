import { setTimeout as wait } from 'node:timers/promises';
import {
  type CloudWatchClient,
  type CompositeAlarm,
  DescribeAlarmsCommand,
  type MetricAlarm,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { ALERT_TEST_REASON } from '../../contract/alert-test.ts';
import { cloudWatchFailure } from '../ground/cloudwatch-failure.ts';
import { LifeboatError } from '../ground/errors.ts';

export interface TryAlertRequest {
  readonly client: CloudWatchClient;
  readonly environment: string;
  /** The source whose page-now is tried. @default the page-now of the vault */
  readonly source: string | undefined;
  /** How long the alarm may take to turn red and green again. */
  readonly longestMs: number;
  /** How long to wait between two requests. */
  readonly pollMs: number;
  readonly signal: AbortSignal;
  /** Called before anything is changed, with the alarms about which people will get messages. */
  readonly onBegin?: (alarms: TriedAlarms) => void;
}

export interface TriedAlarms {
  /** The metric alarm that is set, `lifeboat-production-app-no-backup-25h`. */
  readonly child: string;
  /** The composite alarm that follows it, to which a pager is connected. */
  readonly pageNow: string;
}

/**
 * `seen`: it was red, then green. `not-paged`: the page-now never followed. `still-red`: it was not green in
 * time.
 */
export type AlertVerdict = 'seen' | 'not-paged' | 'still-red';

export interface AlertTrial extends TriedAlarms {
  readonly verdict: AlertVerdict;
  readonly durationMs: number;
}

/**
 * Turns a page-now red through one of its children, and waits until it is green again. A metric alarm returns
 * to its state with its next evaluation, and its page-now follows. A composite alarm would return only when
 * one of its children changes, so it would stay red and swallow the next real page (Amazon CloudWatch API
 * Reference, SetAlarmState).
 *
 * Throws `alert-unknown`, `alert-already-red`, `alert-muted`, `cloudwatch-unavailable`; then nothing was
 * changed.
 */
export async function tryAlert(request: TryAlertRequest): Promise<AlertTrial> {
  const { client, longestMs, pollMs, signal } = request;
  const before = await findAlarms(request);
  refuseUnfit(before);
  const alarms = { child: before.child.AlarmName ?? '', pageNow: before.pageNow.AlarmName ?? '' };
  request.onBegin?.(alarms);
  const startedMs = performance.now();
  const elapsedMs = () => Math.round(performance.now() - startedMs);
  await client
    .send(
      new SetAlarmStateCommand({
        AlarmName: alarms.child,
        StateValue: 'ALARM',
        StateReason: ALERT_TEST_REASON,
      }),
      {
        abortSignal: signal,
      },
    )
    .catch((error: unknown) => {
      signal.throwIfAborted();
      throw cloudWatchFailure(error, `asked to turn ${alarms.child} red`);
    });
  let hasPaged = false;
  do {
    await wait(pollMs, undefined, { signal });
    const now = await describe(request, alarms.pageNow, alarms.child);
    // It may have been red between two requests; the time of its last change shows that.
    hasPaged ||= now.pageNow.StateValue === 'ALARM' || updatedAt(now.pageNow) !== updatedAt(before.pageNow);
    const isGreen = now.pageNow.StateValue !== 'ALARM' && now.child.StateValue !== 'ALARM';
    if (hasPaged && isGreen) return { ...alarms, verdict: 'seen', durationMs: elapsedMs() };
  } while (elapsedMs() < longestMs);
  return { ...alarms, verdict: hasPaged ? 'still-red' : 'not-paged', durationMs: elapsedMs() };
}

interface FoundAlarms {
  readonly pageNow: CompositeAlarm;
  readonly child: MetricAlarm;
}

async function findAlarms(request: TryAlertRequest): Promise<FoundAlarms> {
  const { environment, source } = request;
  const name = ['lifeboat', environment, ...(source === undefined ? [] : [source]), 'page-now'].join('-');
  const { CompositeAlarms: [pageNow] = [] } = await ask(request, [name]);
  if (!pageNow) throw unknown(name);
  // The first child is the most frequent reason for such a page, and gets data every five minutes.
  const [, child] = /ALARM\("?[^")]*:alarm:([^")]+)"?\)/.exec(pageNow.AlarmRule ?? '') ?? [];
  const { MetricAlarms: [alarm] = [] } = child === undefined ? {} : await ask(request, [child]);
  if (!alarm) throw unknown(child ?? `a metric alarm in the rule of ${name}`);
  return { pageNow, child: alarm };
}

async function describe(request: TryAlertRequest, pageNow: string, child: string): Promise<FoundAlarms> {
  const { CompositeAlarms = [], MetricAlarms = [] } = await ask(request, [pageNow, child]);
  const [foundPage, foundChild] = [CompositeAlarms[0], MetricAlarms[0]];
  if (!foundPage || !foundChild) throw unknown(foundPage ? child : pageNow);
  return { pageNow: foundPage, child: foundChild };
}

function ask({ client, signal }: TryAlertRequest, AlarmNames: string[]) {
  return client
    .send(new DescribeAlarmsCommand({ AlarmNames, AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }), {
      abortSignal: signal,
    })
    .catch((error: unknown) => {
      signal.throwIfAborted();
      throw cloudWatchFailure(error, `asked for ${AlarmNames.join(' and ')}`);
    });
}

function updatedAt({ StateUpdatedTimestamp }: CompositeAlarm): number {
  return StateUpdatedTimestamp?.getTime() ?? 0;
}

/** Refuses alarms that are already red or whose actions are disabled: they would send nothing. */
function refuseUnfit({ pageNow, child }: FoundAlarms): void {
  for (const { AlarmName, StateValue, StateReason, ActionsEnabled } of [pageNow, child]) {
    if (StateValue === 'ALARM') {
      throw new LifeboatError({
        code: 'alert-already-red',
        kind: 'usage',
        what: `${AlarmName} is in alarm: ${StateReason}`,
        meaning: 'An alarm sends a message when its state changes, so a test would send none.',
        remedy: 'First do what docs/runbook.md says about this alarm. Try again when it is green.',
      });
    }
    if (ActionsEnabled === false) {
      throw new LifeboatError({
        code: 'alert-muted',
        kind: 'usage',
        what: `The actions of ${AlarmName} are disabled.`,
        meaning: 'Nobody is told when something happens.',
        remedy: `Run \`aws cloudwatch enable-alarm-actions --alarm-names ${AlarmName}\`, then try again.`,
      });
    }
  }
}

function unknown(name: string): LifeboatError {
  return new LifeboatError({
    code: 'alert-unknown',
    kind: 'usage',
    what: `This account and region has no alarm ${name}.`,
    meaning: 'Nothing was changed.',
    remedy:
      'Name a deployed environment (--environment) and one of its sources (--name), and export AWS_PROFILE and AWS_REGION of its account and region.',
  });
}
