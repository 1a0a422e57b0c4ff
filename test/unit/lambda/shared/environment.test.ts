import { describe, expect, it } from 'vitest';
import {
  backupEnvironment,
  drillEnvironment,
  healthEnvironment,
  lockOf,
  sentinelEnvironment,
} from '../../../../lambda/shared/environment.ts';
import { FUNCTION_VARIABLES } from '../../../../lib/contract/function-variables.ts';
import { backupOrderJson } from '../../../../lib/infra/functions/backup-order.ts';

const SOURCES = [{ name: 'app', backupSchedule: 'Backup-1', drillSchedule: 'Drill-1' }];
const VALUES = {
  [FUNCTION_VARIABLES.environment]: 'production',
  [FUNCTION_VARIABLES.vault]: 's3://vault',
  [FUNCTION_VARIABLES.source]: 'app',
  [FUNCTION_VARIABLES.secretArn]: 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app-AbCdEf',
  [FUNCTION_VARIABLES.sources]: JSON.stringify(SOURCES),
};

describe('the environment of a function', () => {
  it('is read from the variables that the stack sets', () => {
    expect(backupEnvironment(VALUES)).toEqual({
      environment: 'production',
      vault: 's3://vault',
      source: 'app',
      secretArn: VALUES[FUNCTION_VARIABLES.secretArn],
      order: {},
      drillRoomMb: undefined,
    });
    expect(backupEnvironment({ ...VALUES, LIFEBOAT_DRILL_ROOM_MB: '2048' }).drillRoomMb).toBe(2048);
    expect(drillEnvironment(VALUES)).toEqual({
      environment: 'production',
      vault: 's3://vault',
      source: 'app',
      checks: [],
      isReplica: false,
      provesChanges: false,
    });
    expect(sentinelEnvironment(VALUES)).toEqual({
      environment: 'production',
      vault: 's3://vault',
      sources: SOURCES,
      isReplica: false,
    });
    const replica = { ...VALUES, [FUNCTION_VARIABLES.replica]: 'yes' };
    expect(sentinelEnvironment(replica).isReplica).toBe(true);
  });

  it('tells a backup what to hold, and a drill what to ask, as the stack writes it', () => {
    const order = {
      selection: { excludeTableData: ['audit.log_*'], excludeSchemas: [] },
      tiers: [['auth', 'public.users']],
      hostProfile: 'neon' as const,
      load: { jobs: 2, maxMegabytesPerSecond: 20 },
    };
    const checks = [{ name: 'users', sql: 'SELECT count(*) FROM users', expect: '' }];
    const told = {
      ...VALUES,
      [FUNCTION_VARIABLES.backupOrder]: backupOrderJson(order),
      [FUNCTION_VARIABLES.drillChecks]: JSON.stringify(checks),
    };
    const { selection, tiers, hostProfile, load } = order;
    expect(backupEnvironment(told).order).toEqual({ selection, tiers, hostProfile, ...load });
    expect(drillEnvironment(told).checks).toEqual(checks);
    expect(backupOrderJson({})).toBeUndefined();
  });

  it.each([
    'not JSON',
    '[]',
    '{"selektion":{}}',
    '{"selection":{"tables":[""]}}',
    '{"jobs":0}',
    '{"tiers":[[]]}',
  ])('leaves nothing out by mistake: %s', (order) => {
    expect(() => backupEnvironment({ ...VALUES, LIFEBOAT_BACKUP_ORDER: order })).toThrow(
      /LIFEBOAT_BACKUP_ORDER.*npx cdk drift/s,
    );
  });

  it('tells a backup and a drill the locks of their class', () => {
    const objectLock = {
      mode: 'compliance' as const,
      days: { daily: 7, weekly: 28, monthly: 365, manual: 30 },
    };
    const told = { ...VALUES, LIFEBOAT_OBJECT_LOCK: JSON.stringify(objectLock) };
    expect(backupEnvironment(told).objectLock).toEqual(objectLock);
    expect(drillEnvironment(told).objectLock).toEqual(objectLock);
    expect(lockOf(objectLock, 'monthly')).toEqual({ lock: { mode: 'compliance', days: 365 } });
    expect(lockOf(undefined, 'monthly')).toEqual({});
  });

  it.each([
    '',
    'not JSON',
    '{}',
    '{"mode":"Governance","days":{"daily":7,"weekly":28,"monthly":365,"manual":30}}',
    '{"mode":"governance","days":{"daily":7,"weekly":28,"monthly":365}}',
    '{"mode":"governance","days":{"daily":0,"weekly":28,"monthly":365,"manual":30}}',
  ])('locks nothing for another time by mistake: %s', (locks) => {
    const told = { ...VALUES, LIFEBOAT_OBJECT_LOCK: locks };
    expect(() => backupEnvironment(told)).toThrow('LIFEBOAT_OBJECT_LOCK');
    expect(() => drillEnvironment(told)).toThrow('LIFEBOAT_OBJECT_LOCK');
  });

  it.each(['', undefined])('that lacks a variable (%j) names it', (value) => {
    expect(() => backupEnvironment({ ...VALUES, LIFEBOAT_SECRET_ARN: value })).toThrow('LIFEBOAT_SECRET_ARN');
  });

  it('may have sources that no function drills', () => {
    const sources = [{ name: 'app', backupSchedule: 'Backup-1' }];
    expect(sentinelEnvironment({ ...VALUES, LIFEBOAT_SOURCES: JSON.stringify(sources) }).sources).toEqual(
      sources,
    );
  });

  it.each(['', 'not JSON', '[]', '[{"name":"app"}]', '[{"name":"app","drillSchedule":"Drill-1"}]'])(
    'watches nothing by mistake: %s',
    (sources) => {
      expect(() => sentinelEnvironment({ ...VALUES, LIFEBOAT_SOURCES: sources })).toThrow('LIFEBOAT_SOURCES');
    },
  );

  it.each(['1', '16', 'often', '', undefined])('does not measure health every %j minutes', (minutes) => {
    const told = {
      ...{ LIFEBOAT_ENVIRONMENT: 'production', LIFEBOAT_SOURCE: 'app', LIFEBOAT_SECRET_ARN: 'arn' },
      ...{ LIFEBOAT_HEALTH_RESULTS: 's3://results', LIFEBOAT_HEALTH_EVERY_MINUTES: '5' },
    };
    expect(healthEnvironment(told)).toMatchObject({ everyMinutes: 5, settings: {}, results: 's3://results' });
    expect(() => healthEnvironment({ ...told, LIFEBOAT_HEALTH_EVERY_MINUTES: minutes })).toThrow(
      'LIFEBOAT_HEALTH_EVERY_MINUTES',
    );
  });
});
