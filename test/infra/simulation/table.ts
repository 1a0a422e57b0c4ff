import { FAULTS, type Fault, type Heard, type Told } from './faults.ts';
import { PERIOD_MS } from './metrics.ts';
import { SCHEDULES, type SimulatedSchedule } from './schedules.ts';

/** Every schedule with every fault that it can have. */
export function everyFault(hear: (schedule: SimulatedSchedule, fault: Fault) => Heard): Heard[] {
  return SCHEDULES.flatMap((schedule) =>
    FAULTS.filter(({ concerns }) => concerns(schedule)).map((fault) => hear(schedule, fault)),
  );
}

/** The tables of docs/alarms.md: for each fault the schedules, and when there was a first mail and a first page. */
export function tablesOf(heard: readonly Heard[]): string {
  return FAULTS.map(({ label }) => {
    const some = heard.filter(({ fault }) => fault.label === label);
    const lines = (isToldAlike(some) ? [atMost(some)] : some.map(row)).map(
      (cells) => `| ${cells.join(' | ')} |`,
    );
    return `### ${label}\n\n| schedule | first mail | first page |\n|---|---|---|\n${lines.join('\n')}\n`;
  }).join('\n');
}

/** What the sentinel itself is about is told by the same alarms for every schedule, a period sooner or later. */
const ALIKE_MS = 2 * PERIOD_MS;

function isToldAlike(heard: readonly Heard[]): boolean {
  return (['mail', 'page'] as const).every((kind) => {
    const times = heard.map((one) => one[kind]?.afterMs ?? Number.POSITIVE_INFINITY);
    const alarms = new Set(heard.map((one) => kindOf(one[kind])));
    return alarms.size === 1 && Math.max(...times) - Math.min(...times) <= ALIKE_MS;
  });
}

function atMost(heard: readonly Heard[]): string[] {
  const latest = (kind: 'mail' | 'page') =>
    heard.map((one) => one[kind]).reduce((a, b) => ((b?.afterMs ?? 0) > (a?.afterMs ?? 0) ? b : a));
  return ['every schedule', cell(latest('mail')), cell(latest('page'))];
}

function row({ schedule, mail, page }: Heard): string[] {
  return [schedule.label, cell(mail), cell(page)];
}

function cell(told: Told | undefined): string {
  return told === undefined ? '–' : `${duration(told.afterMs)}, ${kindOf(told)}`;
}

/** Without the source's name. */
function kindOf(told: Told | undefined): string {
  return (
    told?.alarm.replace(
      /^(?!sentinel-)[a-z]+-(?=backup-failed|dead-letters|drill-|no-backup|unproven|page-now)/,
      '',
    ) ?? ''
  );
}

function duration(milliseconds: number): string {
  const minutes = Math.ceil(milliseconds / 60_000);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}
