import { expect, it } from 'vitest';
import { drillTaskEnd } from '../../../../lambda/restore-drill/task-end.ts';

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
  expect(drillTaskEnd(event({ containers: program({ exitCode: 0 }) }))).toMatchObject({
    failure: undefined,
    backup: 'daily/app/x',
  });
  for (const exitCode of [1, 143]) {
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
