import { describe, expect, it } from 'vitest';
import { backupEnvironment, drillEnvironment, sentinelEnvironment } from '../../../lambda/environment.ts';
import { FUNCTION_VARIABLES } from '../../../lib/infra/functions/function-variables.ts';

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
    });
    expect(drillEnvironment(VALUES)).toEqual({
      environment: 'production',
      vault: 's3://vault',
      source: 'app',
    });
    expect(sentinelEnvironment(VALUES)).toEqual({
      environment: 'production',
      vault: 's3://vault',
      sources: SOURCES,
    });
  });

  it.each(['', undefined])('that lacks a variable (%j) names it', (value) => {
    expect(() => backupEnvironment({ ...VALUES, LIFEBOAT_SECRET_ARN: value })).toThrow('LIFEBOAT_SECRET_ARN');
  });

  it.each(['', 'not JSON', '[]', '[{"name":"app"}]'])('watches nothing by mistake: %s', (sources) => {
    expect(() => sentinelEnvironment({ ...VALUES, LIFEBOAT_SOURCES: sources })).toThrow('LIFEBOAT_SOURCES');
  });
});
