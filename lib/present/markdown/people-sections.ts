import type { Contact } from '../../contract/contacts.ts';
import { code, plainWords, table } from '../../engine/ground/markdown.ts';
import { isAsked, type RunbookFacts } from '../../engine/runbook/deployment.ts';
import type { DrillDay } from '../../engine/runbook/drill-days.ts';
import type { LastDrill } from '../../engine/runbook/last-drill.ts';
import { InvalidScheduleError } from '../../schedule/invalid-schedule-error.ts';
import { longestGapOf } from '../../schedule/longest-gap.ts';
import type { TimeZone } from '../../schedule/time-zone.ts';
import { localTime } from '../terminal/both-times.ts';
import { formatCount, formatDuration, formatTime } from '../terminal/units.ts';

/** Whom to call, in the order of the environments file. */
export function contactsSection({ deployment }: RunbookFacts): string {
  const contacts = deployment?.contacts ?? [];
  if (contacts.length === 0) {
    const where =
      deployment === undefined
        ? 'Write the names and numbers here by hand.'
        : `Name them as \`contacts\` of ${code(deployment.environment)} in the environments file, and write this page again.`;
    return `**Nobody is named.** ${where} At least: who decides, who is responsible for data protection, who knows the database, the host's support.`;
  }
  return table(
    ['who', 'for what', 'how', 'when'],
    contacts.map((contact) => [
      plainWords(contact.name),
      plainWords(contact.role),
      waysTo(contact),
      plainWords(contact.hours ?? 'not said'),
    ]),
  );
}

function waysTo({ phone, email, url }: Contact): string {
  return [
    ...(phone === undefined ? [] : [`${plainWords(phone)}`]),
    ...(email === undefined ? [] : [`${plainWords(email)}`]),
    // In angle brackets an address ends where it ends, whatever characters it has.
    ...(url === undefined ? [] : [`<${new URL(url).href.replace(/[|[\]`]/g, encodeURIComponent)}>`]),
  ].join('; ');
}

/** How long a restore takes and how much is lost, as the last drill of each source has measured it. */
export function figuresSection(facts: RunbookFacts): string {
  const { drills, writtenAt } = facts;
  if (!isDrills(drills)) {
    const finds = 'In the terminal for the vault: `npx lifeboat list` and `npx lifeboat show latest`.';
    return `**Not known here**, because ${plainWords(drills.why)}. ${finds} ${drills.remedy}`;
  }
  if (drills.length === 0) return '**There is no backup in the vault.** Nothing could be restored now.';
  return [
    `As the vault was on ${formatTime(writtenAt)} UTC. \`npx lifeboat list\` shows how it is now.`,
    ...drills.map((drill) => `**Source ${code(drill.source)}**\n\n${figuresOf(drill, facts)}`),
  ].join('\n\n');
}

function isDrills(drills: RunbookFacts['drills']): drills is readonly LastDrill[] {
  return Array.isArray(drills);
}

function figuresOf(drill: LastDrill, { deployment, writtenAt }: RunbookFacts): string {
  const { newest, proven, problem, source } = drill;
  const unknown = `**Not known here**: ${plainWords(problem ?? '')} Run \`npx lifeboat doctor\`.`;
  if (problem !== undefined && proven === undefined) return unknown;
  const settings = deployment?.sources.find(({ name }) => name === source);
  const gap = settings && longestGap(settings, writtenAt);
  const captured = settings?.isCaptured
    ? ' Changes are captured in between: `npx lifeboat pitr status` shows up to which moment.'
    : '';
  return table(
    ['question', 'answer'],
    [
      [
        'How much is lost?',
        newest === undefined
          ? problem === undefined
            ? '**everything: there is no full backup**'
            : unknown
          : `What was written after the newest full backup: ${code(newest.name)} shows ${formatTime(newest.snapshotAt)} UTC.${gap === undefined ? '' : ` By its schedule, at most ${gap} and the time that a backup takes.`}${captured}`,
      ],
      [
        'How long does a restore take?',
        proven === undefined
          ? `**Not known: no backup is proven.** Drill one: \`npx lifeboat drill latest --name ${source}\``
          : `${formatDuration(proven.report.recoveryTimeMs)} in the last drill that passed.${deployment === undefined ? '' : ` Promised: ${deployment.recoveryTimeMinutes} min.`} A server of yours may be faster or slower; fetching, and moving the application, come on top.`,
      ],
      [
        'By what proof?',
        proven === undefined
          ? 'none'
          : `${proven.report.verdict}: ${code(proven.name)}, drilled until ${formatTime(new Date(proven.report.finishedAt))} UTC into PostgreSQL ${plainWords(proven.report.target.serverVersion)} (${proven.report.target.kind}); ${formatCount(proven.report.totals.tables)} tables, ${formatCount(proven.report.totals.rows)} rows; ${formatCount(proven.report.totals.matched)} equal, ${formatCount(proven.report.totals.skipped)} skipped, none different`,
      ],
    ],
  );
}

function longestGap(
  { schedule, timeZone }: { readonly schedule: string; readonly timeZone: string },
  now: Date,
): string | undefined {
  try {
    return formatDuration(longestGapOf(schedule, timeZone, now));
  } catch (error) {
    // CDK says what is wrong with it; here the rest of the page is worth more.
    if (error instanceof InvalidScheduleError) return undefined;
    throw error;
  }
}

/** The drills by people that come next. */
export function daysSection(days: readonly DrillDay[], zone: TimeZone): string {
  return table(
    ['day', 'situation', 'what', 'done when'],
    days.map(({ beginsAt, rehearsal, source }) => [
      `${localTime(beginsAt, zone).slice(0, 16)} (${zone.name})`,
      `[${rehearsal.heading}](#${rehearsal.heading.toLowerCase().replaceAll(' ', '-')})`,
      `${rehearsal.what}${source === undefined ? '' : ` Source: ${code(source)}.`}`,
      rehearsal.done,
    ]),
  );
}

/** Whether AWS and the vault answered: the first thing to know about a page that may have gaps. */
export function sourcesOfFacts({ deployment, stack, replicaStack, vault, drills }: RunbookFacts): string {
  const told = [
    ...(deployment === undefined ? [] : ['the environments file']),
    ...(isAsked(stack) ? ['CloudFormation'] : []),
    ...(isDrills(drills) && vault !== undefined ? [`the vault ${code(vault)}`] : []),
  ];
  const gaps = [
    ...(stack === undefined || isAsked(stack)
      ? []
      : [`CloudFormation was not asked: ${plainWords(stack.why)}. ${stack.remedy}`]),
    ...(replicaStack === undefined || isAsked(replicaStack)
      ? []
      : [`The stack of the replica was not asked: ${plainWords(replicaStack.why)}. ${replicaStack.remedy}`]),
    ...(isDrills(drills) ? [] : [`The vault was not read: ${plainWords(drills.why)}. ${drills.remedy}`]),
  ];
  return [
    `Its names and figures are from ${told.length === 0 ? 'nothing but the command line' : told.join(', ')}.`,
    ...(gaps.length === 0 ? [] : ['', ...gaps.map((gap) => `- ${gap}`)]),
  ].join('\n');
}
