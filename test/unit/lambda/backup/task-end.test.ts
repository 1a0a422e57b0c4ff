import { describe, expect, it } from 'vitest';
import { failureOf, hasReported } from '../../../../lambda/backup/task-end.ts';
import { readTaskState } from '../../../../lambda/shared/task-state-change.ts';

const order = {
  place: { retentionClass: 'daily', source: 'app', backupId: '20261120T020000Z' },
  scope: 'full',
};
const ended = (exitCode: number | undefined, more: object = {}) => ({
  'detail-type': 'ECS Task State Change',
  source: 'aws.ecs',
  detail: {
    taskArn: 'arn:aws:ecs:eu-central-1:123456789012:task/lifeboat-production/0123',
    lastStatus: 'STOPPED',
    containers: [
      { name: 'fetch', exitCode: 0 },
      { name: 'lifeboat', ...(exitCode !== undefined && { exitCode }) },
    ],
    overrides: {
      containerOverrides: [
        { name: 'fetch' },
        { name: 'lifeboat', environment: [{ name: 'LIFEBOAT_TASK_ORDER', value: JSON.stringify(order) }] },
      ],
    },
    ...more,
  },
});
const failure = (event: object) => {
  const end = readTaskState(event);
  if (!end) throw new Error('it is no end of a task');
  return { error: failureOf(end, 'app'), isReported: hasReported(end) };
};

describe('the end of a task', () => {
  it('is told from other events', () => {
    expect(readTaskState(ended(0))).toBeDefined();
    for (const event of [
      undefined,
      null,
      {},
      [],
      { slot: '2026-11-20T02:00:00Z' },
      { 'detail-type': 'other' },
    ])
      expect(readTaskState(event)).toBeUndefined();
  });

  it('with code 0 is no failure', () => {
    expect(failure(ended(0)).error).toBeUndefined();
  });

  it.each([
    ['failed, and has said so', 3, 'task-failed', true],
    ['was stopped', 4, 'task-failed', true],
    ['could not begin: Node ends with 1', 1, 'task-failed', false],
    ['was stopped before it began', 143, 'task-failed', false],
    ['was killed', 137, 'task-failed', false],
    ['died of itself', 134, 'task-failed', false],
    ['never started', undefined, 'task-never-started', false],
  ])('that %s is a failure, published once', (_, code, expected, isReported) => {
    const found = failure(
      ended(code, { stopCode: 'TaskFailedToStart', stoppedReason: 'CannotPullContainerError' }),
    );
    expect(found.error?.code).toBe(expected);
    expect(found.error?.what).toContain('the backup daily/app/20261120T020000Z');
    expect(found.error?.what).toContain('TaskFailedToStart; CannotPullContainerError');
    expect(found.isReported).toBe(isReported);
  });

  it('names a container beside that failed first', () => {
    const containers = [{ name: 'fetch', exitCode: 71 }, { name: 'lifeboat' }];
    expect(failure(ended(undefined, { containers })).error?.what).toContain('fetch: code 71');
  });

  it('is heard even if nothing tells whose it was', () => {
    const { error } = failure(ended(undefined, { containers: [], overrides: undefined }));
    expect(error?.what).toContain('a backup of app');
  });
});
