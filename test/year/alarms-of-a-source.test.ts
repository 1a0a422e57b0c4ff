import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { withChangedAlarm } from '../infra/simulation/changed-alarm.ts';
import {
  brokenPromises,
  DEPLOYED_AT,
  FAULTS,
  type Fault,
  type Heard,
  hear,
} from '../infra/simulation/faults.ts';
import {
  ENVIRONMENT,
  SCHEDULES,
  type SimulatedSchedule,
  simulatedTemplate,
} from '../infra/simulation/schedules.ts';
import { everyFault, tablesOf } from '../infra/simulation/table.ts';
import { ALL_WELL, type Pace, walk } from '../infra/simulation/walk.ts';
import { withMadePart } from '../infra/support/made-part.ts';

/** Fifteen sources take longest to synthesize. */
beforeAll(() => void simulatedTemplate(), 300_000);

/** Winter to spring, and where clocks change the year that has both nights. */
const daysOf = ({ timeZone }: SimulatedSchedule) => (timeZone === 'UTC' ? 100 : 365);
const PACES: readonly Pace[] = ['prompt', 'slow', 'erratic'];

function wellWalk(plan: SimulatedSchedule, pace: Pace, days: number, deployedAt = DEPLOYED_AT) {
  return walk({
    template: simulatedTemplate(),
    environment: ENVIRONMENT,
    sources: [{ plan, fate: ALL_WELL }],
    watching: () => 'looks',
    ...{ deployedAt, days, pace },
  }).clock;
}

describe('when all goes well', () => {
  it.each(SCHEDULES)(
    '$label: no red minute, at any pace, and no message but the OK of a new page-now',
    (plan) => {
      for (const pace of PACES) {
        const { reds, messages } = wellWalk(plan, pace, daysOf(plan));
        expect(reds, pace).toEqual([]);
        const told = messages.map(({ alarm, state }) => [alarm, state]);
        expect(told.toSorted(), pace).toEqual(
          [
            [`lifeboat-${ENVIRONMENT}-page-now`, 'OK'],
            [`lifeboat-${ENVIRONMENT}-${plan.name}-page-now`, 'OK'],
          ].toSorted(),
        );
      }
    },
  );

  it('a new source is not red before its first backup and its first drill, whenever it is deployed', () => {
    for (const plan of SCHEDULES) {
      for (const at of [
        '2026-12-06T04:58:30Z',
        '2026-12-06T05:02:10Z',
        '2027-01-01T02:01:00Z',
        '2026-12-07T12:00:00Z',
      ]) {
        expect(wellWalk(plan, 'slow', 15, new Date(at)).reds, `${plan.label}, ${at}`).toEqual([]);
      }
    }
  });
});

const heard = new Map<string, Heard>();

function hearOnce(schedule: SimulatedSchedule, fault: Fault): Heard {
  const key = `${schedule.name} ${fault.label}`;
  const found = heard.get(key) ?? hear(schedule, fault);
  heard.set(key, found);
  return found;
}

describe.each(FAULTS)('when $label', (fault) => {
  it.each(SCHEDULES.filter(fault.concerns))('$label: is told in the promised time', (schedule) => {
    expect(brokenPromises(hearOnce(schedule, fault))).toEqual([]);
  });
});

it('docs/alarms.md shows what was heard: `npm run alarms` writes it', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'alarms.md'), 'utf8');
  expect(page).toBe(withMadePart(page, 'npm run alarms', tablesOf(everyFault(hearOnce))));
});

describe('the simulation notices', () => {
  const daily = SCHEDULES.find(({ name }) => name === 'daily') as SimulatedSchedule;
  const DAY_S = 86_400;
  it.each([
    [
      'a page-now that takes silence for well',
      'sentinel-silent',
      () => ({ TreatMissingData: 'notBreaching' }),
      'the sentinel stops',
      /^the page came after undefined/,
    ],
    [
      'backups that may be a day late',
      'daily-no-backup-25h',
      ({ Threshold }: Record<string, unknown>) => ({ Threshold: Number(Threshold) + DAY_S }),
      'all backups fail',
      /^the page came after \d+ ms/,
    ],
    [
      'backups that are late after a day, and not after the longest that one may take',
      'daily-no-backup-25h',
      () => ({ Threshold: DAY_S - 3600 }),
      'one drill fails',
      /no-backup-25h was told before anything was wrong/,
    ],
    [
      'a page-now that forgets the proofs',
      'daily-page-now',
      () => ({ AlarmRule: 'FALSE' }),
      'drills stop',
      /^the page came after undefined/,
    ],
    [
      'a page-now that tells nobody',
      'daily-page-now',
      () => ({ AlarmActions: undefined }),
      'all backups fail',
      /^the page came after undefined/,
    ],
  ] as const)('%s', (_, alarm, change, label, expected) => {
    const fault = FAULTS.find((one) => one.label === label) as Fault;
    const template = withChangedAlarm(simulatedTemplate(), `lifeboat-${ENVIRONMENT}-${alarm}`, change);
    const broken = brokenPromises(hear(daily, fault, template));
    expect(broken).toContainEqual(expect.stringMatching(expected));
    expect(brokenPromises(hearOnce(daily, fault))).toEqual([]);
  });
});

describe('a long red', () => {
  it('of one source hides no other source, and not the vault', () => {
    const [red, other] = [SCHEDULES[1], SCHEDULES[2]];
    if (!red || !other) throw new Error('there are schedules');
    const dayMs = 86_400_000;
    const day = (days: number) => DEPLOYED_AT.getTime() + days * dayMs;
    const { clock } = walk({
      template: simulatedTemplate(),
      environment: ENVIRONMENT,
      sources: [
        { plan: red, fate: { ...ALL_WELL, backup: (atMs) => (atMs < day(5) ? 'succeeds' : 'fails') } },
        { plan: other, fate: { ...ALL_WELL, backup: (atMs) => (atMs < day(20) ? 'succeeds' : 'fails') } },
      ],
      watching: (atMs) => (atMs < day(30) ? 'looks' : 'is not started'),
      ...{ deployedAt: DEPLOYED_AT, days: 32, pace: 'erratic' },
    });
    const pages = clock.messages.filter(({ isPage }) => isPage).map(({ alarm }) => alarm);
    const prefix = `lifeboat-${ENVIRONMENT}`;
    expect(pages).toEqual([
      `${prefix}-${red.name}-page-now`,
      `${prefix}-${other.name}-page-now`,
      `${prefix}-page-now`,
    ]);
  });
});
