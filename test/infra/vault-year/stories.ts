import { withRetentionDefaults } from '../../../lib/infra/vault/retention.ts';
import { templateFrom } from '../support/synthesized.ts';
import { rulesOf } from './bucket-rules.ts';
import type { SimulatedLife, Story } from './story.ts';

const { daily, weekly, monthly, manual } = withRetentionDefaults();
const days = { daily: daily.days, weekly: weekly.days, monthly: monthly.days, manual: manual.days };

const KEPT_CHANGES_DAYS = 7;

/** The vault of a stack with every default. */
const template = templateFrom(
  {
    sources: [
      {
        name: 'app',
        secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:app-AbCdEf',
        pointInTime: { keepDays: KEPT_CHANGES_DAYS },
      },
    ],
    notifications: { emails: ['nobody@example.com'] },
  },
  'year',
);
export const RULES = rulesOf(template);

/** What the classes keep of one source with a backup a day: dailies, weeklies and monthlies, and those on their way. */
const PROMISED = days.daily + 3 + days.weekly / 7 + 2 + Math.ceil(days.monthly / 30.5) + 2;
/** Four times an entry, its lease and its segment. */
const OBJECTS_A_DAY = 12;
/** The day on which something goes wrong. */
const TURN = 100;

const app: SimulatedLife = { name: 'app' };
const before = (day: number) => day < TURN;

function story(label: string, life: Partial<SimulatedLife>, changes: Partial<Story> = {}): Story {
  return { label, days, rules: RULES, lives: [{ ...app, ...life }], ...changes };
}

const wellFor = { mostBackups: PROMISED };

export const STORIES: readonly Story[] = [
  story('All goes well: a backup a night, a drill on Sundays', {}, wellFor),
  story('All goes well, a drill after each backup', { drillsAfterBackup: true }, wellFor),
  story(
    "Nobody drills, and the stack says so (`drill: 'off'`)",
    { isUndrilled: true, drill: () => 'never' },
    wellFor,
  ),
  story('Backups stop after 100 days', { backsUp: before }, wellFor),
  story(
    'Backups and drills stop after 100 days',
    { backsUp: before, drill: (day) => (before(day) ? 'proves' : 'never') },
    wellFor,
  ),
  story('Drills stop after 100 days, backups go on', { drill: (day) => (before(day) ? 'proves' : 'never') }),
  story('Drills fail after 100 days, backups go on', { drill: (day) => (before(day) ? 'proves' : 'fails') }),
  story('Drills fail for 60 days', { drill: (day) => (day >= TURN && day < TURN + 60 ? 'fails' : 'proves') }),
  story('No drill ever comes', { drill: () => 'never' }),
  story('The keeper is dead for 30 days', {}, { keeps: (day) => day < TURN || day >= TURN + 30 }),
  story('The keeper dies after 100 days', {}, { keeps: before }),
  story(
    'S3 acts on its rules only every third day, on half of the objects',
    { drillsAfterBackup: true },
    { acts: sluggish() },
  ),
  story(
    'A source is taken out of the stack after 100 days, another goes on',
    { backsUp: before, drill: (day) => (before(day) ? 'proves' : 'never') },
    {
      lives: [
        { ...app, backsUp: before, drill: (day) => (before(day) ? 'proves' : 'never') },
        { name: 'blog' },
      ],
      mostBackups: 2 * PROMISED,
    },
  ),
  story(
    'A daily backup is on hold for 200 days',
    {},
    { hold: { madeOn: 49, from: 50, to: 250 }, mostBackups: PROMISED + 1 },
  ),
  story(
    'A backup by hand each month, two restores with safety backups',
    { manualOn: everyMonth(), restoresOn: [40, 80] },
    { mostBackups: PROMISED + 5 },
  ),
  story('Every tenth attempt dies without a manifest', { diesOn: (day) => day % 10 === 0 }, wellFor),
  story('A replica, a quarter of a day behind', {}, { ...wellFor, replicaLagDays: () => 0.25 }),
  story(
    'Changes are captured, and kept for 7 days',
    { keptChangesDays: KEPT_CHANGES_DAYS, schemaChangesOn: [60, 61, 200] },
    { mostBackups: PROMISED + 3, mostChanges: 2 * changesOf(KEPT_CHANGES_DAYS) },
  ),
  story(
    'Changes are captured, and kept for one day',
    { keptChangesDays: 1, drillsAfterBackup: true },
    { ...wellFor, rules: rulesFor(1), mostChanges: changesOf(1) },
  ),
  story(
    'Changes are kept for 40 days, longer than daily and weekly backups',
    { keptChangesDays: 40, schemaChangesOn: [150] },
    { rules: rulesFor(40), mostBackups: PROMISED + 3 },
  ),
  story(
    'Changes are captured; S3 acts on its rules only every third day, on half of the objects',
    { keptChangesDays: KEPT_CHANGES_DAYS, schemaChangesOn: [100], drillsAfterBackup: true },
    { acts: sluggish() },
  ),
  story(
    'The capture is switched off after 100 days',
    { keptChangesDays: KEPT_CHANGES_DAYS, captures: before },
    { mostBackups: PROMISED + 3 },
  ),
  story(
    'A replica that gets nothing for ten days',
    {},
    {
      mostBackups: PROMISED + 2,
      replicaLagDays: (day) => (day >= TURN && day < TURN + 10 ? TURN + 10 - day : 0.25),
    },
  ),
];

/** As if the setting had been these days. */
function rulesFor(keepDays: number): typeof RULES {
  return RULES.map((rule) => (rule.prefix === 'changes/app/' ? { ...rule, days: keepDays } : rule));
}

/** Objects of changes: those of the days that are kept, of the day of their base, and of the days that going takes. */
function changesOf(keepDays: number): number {
  return (keepDays + 1 + 3) * OBJECTS_A_DAY + 10;
}

function everyMonth(): number[] {
  return Array.from({ length: 12 }, (_, month) => 15 + month * 30);
}

/** Acts on every third day, and then on every other object that it comes to. */
function sluggish(): (day: number) => boolean {
  let count = 0;
  return (day) => {
    count += 1;
    return day % 3 === 0 && count % 2 === 0;
  };
}
