import * as v from 'valibot';
import { expect, it } from 'vitest';
import type { HealthFinding } from '../../../../lib/engine/health/finding.ts';
import type { StoredHealth } from '../../../../lib/engine/health/stored-health.ts';
import { foldHealth } from '../../../../lib/notify/alarms/fold-health.ts';
import { memorySchema, NOTHING_TOLD } from '../../../../lib/notify/alarms/told.ts';
import { headlineOf } from '../../../../lib/notify/notification.ts';

const START = Date.parse('2026-11-20T03:00:00.000Z');
const at = (minutes: number) => new Date(START + minutes * 60_000);

const finding = (check: string, severity: HealthFinding['severity'] = 'critical'): HealthFinding => ({
  ...{ check, group: 'server', unit: 'percent', threshold: null, severity, value: 97 },
  what: `${check} is at 97 %.`,
  meaning: 'The server refuses every new connection.',
  remedy: 'Find out who holds them.',
  statements: ['SELECT 1;', 'DROP TABLE "two\nlines";'],
});

function stored(minutes: number, ...findings: HealthFinding[]): StoredHealth {
  const checkedAt = at(minutes).toISOString();
  const totals = { critical: 0, warning: 0, info: 0, unknown: 0, ok: 0 };
  return {
    ...{ format: 1, environment: 'production', source: 'app', everyMinutes: 5 },
    validUntil: at(minutes + 15).toISOString(),
    report: {
      ...{ checkedAt, source: 'db', server: { version: '18.1', isStandby: false }, severity: 'ok', findings },
      ...{ totals, judgedBy: 'x', counters: null, unreachableSince: null },
    },
  };
}

it('each critical finding is told once, in words with its statements, while the alarm stays red', () => {
  const first = foldHealth(NOTHING_TOLD, [stored(0, finding('connections'))], 'production', at(1));
  expect(first.notifications.map(headlineOf)).toEqual(['CRITICAL: Health of app: connections is critical']);
  expect(first.notifications[0]).toMatchObject({
    happened: 'connections is at 97 %. The server refuses every new connection.',
    toDo: `Find out who holds them. Statements that look closer or mend it:\nSELECT 1;\nDROP TABLE U&"two\\000Alines";`,
    source: 'app',
    runbook: 'docs/runbook.md#health-critical',
  });
  // What is kept in the table is read again.
  const kept = v.parse(memorySchema, JSON.parse(JSON.stringify(first.memory)));
  const both = [stored(15, finding('connections'), finding('sequences'), finding('bloat', 'warning'))];
  const second = foldHealth(kept, both, 'production', at(16));
  expect(second.notifications.map(({ title }) => title)).toEqual(['Health of app: sequences is critical']);
  expect(foldHealth(second.memory, both, 'production', at(20)).notifications).toEqual([]);
});

it('it is over after half an hour, so that a value at its threshold is one finding', () => {
  let { memory } = foldHealth(NOTHING_TOLD, [stored(0, finding('connections'))], 'production', at(0));
  for (const [minutes, severity] of [
    [15, 'ok'],
    [30, 'critical'],
    [45, 'ok'],
  ] as const) {
    const next = foldHealth(
      memory,
      [stored(minutes, finding('connections', severity))],
      'production',
      at(minutes),
    );
    expect(next.notifications).toEqual([]);
    memory = next.memory;
  }
  const over = foldHealth(memory, [stored(60, finding('connections', 'warning'))], 'production', at(60));
  expect(over.notifications).toMatchObject([
    {
      state: 'resolved',
      happened: 'It is no longer critical. It was so for 30 min 00 s.',
      title: 'Health of app: connections is critical',
    },
  ]);
  const again = foldHealth(over.memory, [stored(75, finding('connections'))], 'production', at(75));
  expect(again.notifications).toHaveLength(1);
});

it('what is unknown, stale or of a source that cannot be reached neither begins nor ends anything', () => {
  const { memory } = foldHealth(NOTHING_TOLD, [stored(0, finding('connections'))], 'production', at(0));
  const unreached = stored(60, finding('reachable'), finding('connections', 'unknown'));
  const results = [
    stored(60, finding('connections', 'unknown')),
    stored(0, finding('connections', 'ok'), finding('sequences')),
    { ...unreached, report: { ...unreached.report, server: null } },
  ];
  for (const result of results) {
    const next = foldHealth(memory, [result], 'production', at(61));
    expect([next.notifications, next.memory]).toEqual([[], memory]);
  }
});

it('memory that an older version has kept is used', () => {
  expect(v.parse(memorySchema, { alarms: {}, others: {} })).toEqual(NOTHING_TOLD);
});
