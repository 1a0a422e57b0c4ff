import { FAULTS, type Fault, type Heard, type Told } from './faults.ts';
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
    const rows = heard
      .filter(({ fault }) => fault.label === label)
      .map(({ schedule, mail, page }) => [schedule.label, cell(mail), cell(page)]);
    return section(label, rows);
  }).join('\n');
}

/** Where all schedules are told the same, one row says so. */
function section(label: string, rows: readonly string[][]): string {
  const told = new Set(rows.map(([, mail, page]) => `${mail} ${page}`));
  const shown = told.size === 1 ? rows.slice(0, 1).map(([, ...rest]) => ['every schedule', ...rest]) : rows;
  const lines = shown.map((cells) => `| ${cells.join(' | ')} |`);
  return `### ${label}\n\n| schedule | first mail | first page |\n|---|---|---|\n${lines.join('\n')}\n`;
}

function cell(told: Told | undefined): string {
  if (told === undefined) return '–';
  const kind = told.alarm.replace(/^[a-z]+-(?=backup-failed|drill-|no-backup|unproven|page-now)/, '');
  return `${duration(told.afterMs)}, ${kind}`;
}

function duration(milliseconds: number): string {
  const minutes = Math.ceil(milliseconds / 60_000);
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)];
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}

const BEGIN = '<!-- made by `npm run alarms` -->';
const END = '<!-- end of what is made -->';

/** The page with its tables made anew. Throws where it has no place for them. */
export function withTables(page: string, tables: string): string {
  const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (before < 0 || after < before) throw new Error(`the page has no ${BEGIN} … ${END}`);
  return `${page.slice(0, before)}${BEGIN}\n\n${tables}\n${page.slice(after)}`;
}
