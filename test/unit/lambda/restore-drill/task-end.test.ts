import { expect, it } from 'vitest';
import { drillTaskEnd } from '../../../../lambda/restore-drill/task-end.ts';
import { DRILL_EXIT } from '../../../../lib/contract/drill-task.ts';

const event = (more: object) => ({
  'detail-type': 'ECS Task State Change',
  detail: {
    taskArn: 'arn:aws:ecs:eu-central-1:123456789012:task/lifeboat-production/0123abcd',
    overrides: {
      containerOverrides: [
        { name: 'lifeboat', environment: [{ name: 'LIFEBOAT_DRILL_BACKUP', value: 'daily/app/x' }] },
      ],
    },
    ...more,
  },
});
const program = (more: object) => [
  { name: 'fetch', exitCode: 0 },
  { name: 'lifeboat', ...more },
];

it('takes other events for what they are', () => {
  expect(drillTaskEnd({ backup: 'latest' })).toBeUndefined();
  expect(drillTaskEnd(undefined)).toBeUndefined();
});

it('tells a drill that passed, one that failed and said so, and one that died', () => {
  const times = { startedAt: '2026-11-20T02:00:00Z', stoppedAt: '2026-11-20T02:31:00.5Z' };
  expect(drillTaskEnd(event({ ...times, containers: program({ exitCode: 0 }) }))).toMatchObject({
    failure: undefined,
    backup: 'daily/app/x',
    durationMs: 1_860_500,
  });
  // Node ends a program with 1 that cannot begin, and a signal one that has not begun.
  for (const exitCode of [1, 143]) {
    const end = drillTaskEnd(event({ containers: program({ exitCode }) }));
    expect(end).toMatchObject({ isTold: false, failure: { code: 'drill-task-died' } });
  }
  for (const exitCode of [DRILL_EXIT.failed, DRILL_EXIT.stopped]) {
    const end = drillTaskEnd(event({ containers: program({ exitCode }) }));
    expect(end).toMatchObject({ isTold: true, failure: { code: 'drill-task-failed' } });
  }
  const killed = drillTaskEnd(
    event({
      stopCode: 'EssentialContainerExited',
      containers: program({ exitCode: 137, reason: 'OutOfMemoryError' }),
    }),
  );
  expect(killed).toMatchObject({
    isTold: false,
    failure: { code: 'drill-task-died', what: expect.stringContaining('137') },
  });
  expect(killed?.failure?.remedy).toContain('drill/postgres/0123abcd');
});

it('tells one that never started', () => {
  const end = drillTaskEnd(
    event({ stopCode: 'TaskFailedToStart', stoppedReason: 'CannotPullContainerError: postgres:19' }),
  );
  expect(end).toMatchObject({
    isTold: false,
    failure: { code: 'drill-task-died', what: expect.stringContaining('CannotPullContainerError') },
  });
});

it('hears an end of which it understands nothing', () => {
  expect(drillTaskEnd({ 'detail-type': 'ECS Task State Change', detail: {} })).toMatchObject({
    isTold: false,
    durationMs: 0,
    failure: { code: 'drill-task-died' },
  });
  const odd = { containers: [{ name: 'lifeboat', exitCode: null }], overrides: null, stoppedAt: 7 };
  expect(drillTaskEnd(event(odd))).toMatchObject({ failure: { code: 'drill-task-died' } });
});
