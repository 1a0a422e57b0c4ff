import { beforeAll, describe, expect, it } from 'vitest';
import { REPLICATION_TIME_MS } from '../../lib/infra/alarms/replica-alarms.ts';
import { withChangedAlarm } from '../infra/simulation/changed-alarm.ts';
import { DEPLOYED_AT, gapsOf } from '../infra/simulation/faults.ts';
import { type ReplicaStory, type Transfer, walkReplica } from '../infra/simulation/replica-walk.ts';
import { ENVIRONMENT, SCHEDULES, SETTINGS, type SimulatedSchedule } from '../infra/simulation/schedules.ts';
import { replicated } from '../infra/support/synthesized.ts';
import { seededRandom } from '../support/seeded-random.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const REPLICA = `${ENVIRONMENT}-replica`;

let template: ReplicaStory['template'];
beforeAll(() => {
  const settings = { ...SETTINGS, account: '123456789012', region: 'eu-central-1' };
  template = replicated({ ...settings, replica: { region: 'eu-west-1' } }, ENVIRONMENT).replica;
}, 300_000);

/** How long objects are on their way when all is well. */
const TRANSFERS: Readonly<Record<string, () => Transfer>> = {
  'at once': () => () => 1000,
  'within the hour, now and then': () => {
    const random = seededRandom(5);
    return () => random.below(HOUR_MS);
  },
  'as long as it may take': () => () => REPLICATION_TIME_MS - 5 * MINUTE_MS,
};

function walked(plan: SimulatedSchedule, transfer: Transfer, story: Partial<ReplicaStory> = {}) {
  return walkReplica({
    ...{ template, environment: REPLICA, sources: [{ plan, transfer }] },
    ...{ watching: () => 'looks', deployedAt: DEPLOYED_AT, days: 60, pace: 'erratic' },
    ...story,
  });
}

describe('when all goes well, the replica', () => {
  it.each(SCHEDULES)('of $label is not behind for a minute', (plan) => {
    for (const [label, transfer] of Object.entries(TRANSFERS)) {
      for (const pace of ['slow', 'erratic'] as const) {
        const days = plan.timeZone === 'UTC' ? 60 : 130;
        const { reds } = walked(plan, transfer(), { pace, days });
        // An hour is long enough for an e-mail, not for a page.
        const isLate = label === 'as long as it may take';
        const red = reds.filter(({ alarm }) => !isLate || !alarm.endsWith('-replication-lag'));
        expect(red, `${label}, ${pace}`).toEqual([]);
      }
    }
  });

  it('says nothing but the OK of its new page-nows', () => {
    const [plan] = SCHEDULES;
    if (!plan) throw new Error('there are schedules');
    const { messages } = walked(plan, () => MINUTE_MS);
    expect(messages.map(({ alarm, state }) => `${alarm} ${state}`).toSorted()).toEqual([
      `lifeboat-${REPLICA}-${plan.name}-page-now OK`,
      `lifeboat-${REPLICA}-page-now OK`,
    ]);
  });
});

/** Until people are woken: the longest time between two backups, four hours, and what the sentinel takes. */
const behindMs = (plan: SimulatedSchedule) =>
  gapsOf(plan).backupMs + HOUR_MS + REPLICATION_TIME_MS + 15 * MINUTE_MS;

describe('when the replication stops', () => {
  it.each(SCHEDULES)('of $label: an e-mail after the first backup, a page in the promised time', (plan) => {
    // When the source has been well for a while; at an odd time of the day.
    const sinceMs = DEPLOYED_AT.getTime() + 2 * gapsOf(plan).backupMs + 2 * DAY_MS + 7 * HOUR_MS;
    const clock = walked(plan, (sealedAtMs) => (sealedAtMs < sinceMs ? MINUTE_MS : undefined), {
      days: (sinceMs - DEPLOYED_AT.getTime() + behindMs(plan)) / DAY_MS + 1,
      until: ({ messages }) => messages.some(({ isPage }) => isPage),
    });
    const bad = clock.messages.filter(({ state }) => state !== 'OK');
    const page = bad.find(({ isPage }) => isPage);
    expect(page?.alarm).toBe(`lifeboat-${REPLICA}-${plan.name}-page-now`);
    expect((page?.atMs ?? 0) - sinceMs).toBeLessThanOrEqual(behindMs(plan));
    // The first backup that stays on its way is told of long before.
    expect(bad[0]?.alarm).toBe(`lifeboat-${REPLICA}-replication-lag`);
    expect(bad[0]?.atMs).toBeGreaterThan(sinceMs + HOUR_MS);
    const mailMs = gapsOf(plan).backupMs + 2 * HOUR_MS + 25 * MINUTE_MS;
    expect((bad[0]?.atMs ?? 0) - sinceMs).toBeLessThanOrEqual(mailMs);
  });

  it.each(SCHEDULES)('of $label, from the very deployment on: pages in the promised time', (plan) => {
    const clock = walked(plan, () => undefined, {
      days: behindMs(plan) / DAY_MS + 1,
      until: ({ messages }) => messages.some(({ isPage }) => isPage),
    });
    const page = clock.messages.find(({ isPage }) => isPage);
    expect((page?.atMs ?? Number.POSITIVE_INFINITY) - DEPLOYED_AT.getTime()).toBeLessThanOrEqual(
      behindMs(plan),
    );
  });
});

describe('when nobody watches the replica', () => {
  const plan = SCHEDULES[1];
  const sinceMs = DEPLOYED_AT.getTime() + 5 * DAY_MS;
  it.each([
    ['is not started', 25],
    ['fails', 20],
  ] as const)('because its sentinel %s, its own page-now says so within %d minutes', (fate, minutes) => {
    if (!plan) throw new Error('there are schedules');
    const clock = walked(plan, () => MINUTE_MS, {
      watching: (atMs) => (atMs < sinceMs ? 'looks' : fate),
      days: 6,
    });
    const page = clock.messages.find(({ isPage }) => isPage);
    expect(page?.alarm).toBe(`lifeboat-${REPLICA}-page-now`);
    expect((page?.atMs ?? 0) - sinceMs).toBeLessThanOrEqual(minutes * MINUTE_MS);
  });
});

describe('the simulation notices', () => {
  const plan = SCHEDULES[1] as SimulatedSchedule;
  const changed = (alarm: string, change: Parameters<typeof withChangedAlarm>[2]) =>
    withChangedAlarm(template, `lifeboat-${REPLICA}-${alarm}`, change);
  const sinceMs = DEPLOYED_AT.getTime() + 5 * DAY_MS;

  it('a page-now that nothing turns red', () => {
    const stopped = walked(plan, () => undefined, {
      template: changed(`${plan.name}-page-now`, () => ({ AlarmRule: 'FALSE' })),
      days: behindMs(plan) / DAY_MS + 1,
    });
    expect(stopped.messages.filter(({ isPage }) => isPage)).toEqual([]);
    // The replica's own page-now does not cover for it, and the e-mail comes all the same.
    expect(stopped.messages.filter(({ state }) => state !== 'OK').length).toBeGreaterThan(0);
  });

  it('a page-now of the vault that takes silence for well', () => {
    const unwatched = walked(plan, () => MINUTE_MS, {
      template: changed('sentinel-silent', () => ({ TreatMissingData: 'notBreaching' })),
      watching: (atMs) => (atMs < sinceMs ? 'looks' : 'is not started'),
      days: 6,
    });
    expect(unwatched.messages.filter(({ isPage }) => isPage)).toEqual([]);
  });
});
