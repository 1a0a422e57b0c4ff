import type { EnvironmentSettings } from '../../../lib/infra/environment/environment-settings.ts';
import { templateFrom } from '../support/synthesized.ts';
import type { SourcePlan } from './simulated-source.ts';

/** What the table calls it, and what it is. */
export interface SimulatedSchedule extends SourcePlan {
  readonly label: string;
}

const DAILY = 'cron(0 2 * * ? *)';
const SUNDAYS = 'cron(0 5 ? * SUN *)';

function schedule(
  label: string,
  name: string,
  settings: Partial<Omit<SourcePlan, 'name'>> = {},
): SimulatedSchedule {
  return {
    ...{ label, name, schedule: DAILY, drillSchedule: SUNDAYS, timeZone: 'UTC' },
    ...{ drill: 'function', drillAfterBackup: false },
    ...settings,
  };
}

/** Every schedule that is walked through: the sources of one environment. */
export const SCHEDULES: readonly SimulatedSchedule[] = [
  schedule('hourly, drilled on Sundays', 'hourly', { schedule: 'cron(0 * * * ? *)' }),
  schedule('daily at 02:00, drilled on Sundays (the defaults)', 'daily'),
  schedule('daily at 05:05, drilled daily at 05:00', 'late', {
    schedule: 'cron(5 5 * * ? *)',
    drillSchedule: 'cron(0 5 * * ? *)',
  }),
  schedule('Sundays at 02:00, drilled on Sundays', 'weekly', { schedule: 'cron(0 2 ? * SUN *)' }),
  schedule('Sundays at 02:00, drilled on Saturdays', 'sixdays', {
    schedule: 'cron(0 2 ? * SUN *)',
    drillSchedule: 'cron(0 5 ? * SAT *)',
  }),
  schedule('Monday to Friday, drilled on Sundays', 'weekdays', { schedule: 'cron(0 2 ? * MON-FRI *)' }),
  schedule('every 36 hours, drilled on Sundays', 'thirtysix', { schedule: 'rate(36 hours)' }),
  schedule('monthly, drilled on Sundays', 'monthly', { schedule: 'cron(0 2 1 * ? *)' }),
  schedule('daily at 04:00 in Berlin, drilled on Sundays', 'berlin', {
    schedule: 'cron(0 4 * * ? *)',
    timeZone: 'Europe/Berlin',
  }),
  schedule('daily at 23:30 in New York, drilled on Sundays', 'newyork', {
    schedule: 'cron(30 23 * * ? *)',
    timeZone: 'America/New_York',
  }),
  schedule('daily at 04:00 on Lord Howe, drilled on Sundays', 'lordhowe', {
    schedule: 'cron(0 4 * * ? *)',
    timeZone: 'Australia/Lord_Howe',
  }),
  schedule('daily, drilled after each backup', 'eachday', { drillAfterBackup: true }),
  schedule('hourly, drilled after each backup', 'eachhour', {
    schedule: 'cron(0 * * * ? *)',
    drillAfterBackup: true,
  }),
  schedule('daily, drilled elsewhere on Sundays', 'elsewhere', { drill: 'elsewhere' }),
  schedule('daily, never drilled', 'undrilled', { drill: 'off' }),
];

/** The environment that they are the sources of. */
export const ENVIRONMENT = 'simulated';

export const SETTINGS: EnvironmentSettings = {
  sources: SCHEDULES.map(({ label: _, drillAfterBackup, drillSchedule, drill, ...source }, index) => ({
    ...source,
    // With a task, every wait is longer by taskSize.hours.
    compute: 'function',
    secretArn: `arn:aws:secretsmanager:eu-central-1:123456789012:secret:s${index}-AbCdEf`,
    ...(drill !== 'function' && { drill }),
    ...(drill !== 'off' && { drillSchedule }),
    ...(drillAfterBackup && { drillAfterBackup }),
  })),
  notifications: { emails: ['ada@example.com'] },
  // A monthly backup has to outlive the wait for the next.
  retention: { daily: { days: 40 }, weekly: { days: 40 }, monthly: { days: 400 } },
};

/** Made once. */
export const simulatedTemplate = () => templateFrom(SETTINGS, ENVIRONMENT);
