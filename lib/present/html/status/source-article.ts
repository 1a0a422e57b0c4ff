import type { SourceStatus, StatusBackup } from '../../../engine/status/vault-status.ts';
import { answerOf, STATE_WORDS } from '../../terminal/status-words.ts';
import { formatAge, formatBytes, formatDuration } from '../../terminal/units.ts';
import { type Html, html } from '../html.ts';
import { backupsTable } from './backups-table.ts';
import { calendar } from './calendar.ts';
import { shortTime } from './dates.ts';
import { icon } from './icons.ts';
import { bytesOf, expiring, guarding, storing } from './keeping.ts';
import { lastDrill } from './last-drill.ts';
import { moments } from './moments.ts';
import { type Point, trend } from './trend.ts';

export interface ArticleSettings {
  readonly now: Date;
  readonly scrubbedAt: Date | undefined;
  /** Undefined for a vault that is in no region. */
  readonly region: string | undefined;
}

/** Everything about one source: the answer first, then what it follows from. */
export function sourceArticle(status: SourceStatus, { now, scrubbedAt, region }: ArticleSettings): Html {
  const { source, state, concerns, backups } = status;
  const answer = answerOf(status, now);
  const others = concerns.filter(({ what }) => what !== answer);
  return html`
<article id="${anchorOf(source)}" class="source ${state}" aria-labelledby="${anchorOf(source)}-name">
<header>
<h2 id="${anchorOf(source)}-name">${source}</h2>
<p class="answer">${icon(state)}<span><strong>${STATE_WORDS[state]}.</strong> ${answer}</span></p>
${others.length > 0 && html`<ul class="concerns">${others.map(({ state: of, what, kind }) => html`<li>${icon(of)}<span>${what} <small>${kind}</small></span></li>`)}</ul>`}
</header>
${figures(status, now)}
${calendar(source, backups, now)}
${trends(status)}
${moments(status.intervals)}
${backups.length > 0 && lastDrill(status.lastDrill, status.failedDrills)}
<div class="pair"><section>${expiring(status)}</section><section>${storing(status, region)}</section></div>
${backups.length > 0 && guarding(status, scrubbedAt)}
${backupsTable(source, backups)}
</article>`;
}

export function anchorOf(source: string): string {
  return `source-${source}`;
}

function figures({ newestAt, provenAt, lastDrill: drill, backups, limits }: SourceStatus, now: Date): Html {
  const aged = (at: Date | undefined) =>
    at
      ? html`${formatAge(now.getTime() - at.getTime())} <small>${shortTime(at)}</small>`
      : html`– <small>none</small>`;
  const limit = (seconds: number) => html`<small>limit ${formatAge(seconds * 1000)}</small>`;
  return html`<dl class="figures">
<div><dt>Newest backup</dt><dd>${aged(newestAt)} ${limit(limits.backupSeconds)}</dd></div>
<div><dt>Newest proven</dt><dd>${aged(provenAt)} ${limits.proofSeconds === undefined ? html`<small>nobody drills it</small>` : limit(limits.proofSeconds)}</dd></div>
<div><dt>Recovery time</dt><dd>${drill ? html`${formatDuration(drill.recoveryTimeMs)} <small>measured ${shortTime(new Date(drill.finishedAt))}</small>` : html`– <small>not measured</small>`}</dd></div>
<div><dt>Stored</dt><dd>${formatBytes(bytesOf(backups))} <small>${backups.length === 1 ? '1 backup' : `${backups.length} backups`}</small></dd></div>
</dl>`;
}

function trends({ backups, limits }: SourceStatus): Html {
  const full = backups.filter(({ contents }) => contents?.scope === 'full').toReversed();
  const points = (value: (backup: StatusBackup) => number | undefined): Point[] =>
    full.flatMap((backup) => {
      const found = value(backup);
      return found === undefined ? [] : [{ at: backup.at, value: found }];
    });
  const [sizes, durations, recoveries] = [
    points(({ contents }) => contents?.storedBytes),
    points(({ contents }) => contents?.durationMs),
    points(({ proof }) => proof?.recoveryMs),
  ];
  if (sizes.length < 2) return html``;
  const target = limits.recoverySeconds === undefined ? undefined : limits.recoverySeconds * 1000;
  return html`
<h3>Trends</h3>
<div class="trends">
${trend({ title: 'Size', points: sizes, format: formatBytes })}
${trend({ title: 'Duration', points: durations, format: formatDuration })}
${recoveries.length > 0 && trend({ title: 'Recovery time', points: recoveries, format: formatDuration, target })}
</div>`;
}
