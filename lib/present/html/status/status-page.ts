import { createHash } from 'node:crypto';
import { WORST_FIRST } from '../../../engine/status/judge-source.ts';
import type { SourceStatus, VaultStatus } from '../../../engine/status/vault-status.ts';
import { answerOf, answerOfAll, STATE_WORDS } from '../../terminal/status-words.ts';
import { countOf, formatAge, formatBytes, formatDuration } from '../../terminal/units.ts';
import { Html, html } from '../html.ts';
import { shortTime } from './dates.ts';
import { icon } from './icons.ts';
import { bytesOf } from './keeping.ts';
import { anchorOf, sourceArticle } from './source-article.ts';
import { STYLE } from './style.ts';

export interface StatusPageSettings {
  /** What the page is about: an environment. @default the vault */
  readonly title?: string | undefined;
  /** The region whose prices count. Undefined for a vault that is in none. */
  readonly region: string | undefined;
  /** How often the page is written anew; undefined if nobody does. */
  readonly renewedSeconds?: number | undefined;
}

/** Only this style sheet: no script, no picture, no font, no request, and no style that a name could bring along. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;
const style = new Html(`<style>${STYLE}</style>`);

/** The status of a vault as one page that needs no network and no script. */
export function statusPage(status: VaultStatus, settings: StatusPageSettings): string {
  const { lookedAt: now, sources, state, vault, isReplica, scrubbedAt } = status;
  const { title = vault, region, renewedSeconds } = settings;
  const answer = answerOfAll(status);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${STATE_WORDS[state]}: ${title} – Lifeboat</title>
${style}
</head>
<body>
<a class="skip" href="#main">Skip to the answer</a>
<header class="top"><span class="brand">Lifeboat</span> <span>${title}</span></header>
<main id="main">
<section class="hero ${state}" aria-labelledby="answer">
${icon(state)}
<div><h1 id="answer">${answer}</h1>
<p>Looked at <time datetime="${now.toISOString()}">${shortTime(now)} UTC</time>. ${freshness(renewedSeconds)}</p></div>
</section>
${isReplica && html`<p class="note">This vault is a replica: S3 fills it from another one.</p>`}
${sources.length === 0 && html`<p class="empty">The vault holds no backup of any database. <code>lifeboat backup</code> makes the first one.</p>`}
${sources.length > 1 && overview(sources, now)}
${sources.map((source) => sourceArticle(source, { now, scrubbedAt, region }))}
</main>
<footer><p>${vault}. All times are UTC. A date of a backup is when it began. “Proven” means that a drill has restored the backup and compared every row with what was read from the database.</p></footer>
</body>
</html>
`.text;
}

/** Quotes of the policy stay as they are. */
function policy(): Html {
  return new Html(POLICY);
}

function freshness(renewedSeconds: number | undefined): string {
  if (renewedSeconds === undefined) return 'The page does not change by itself: it says what was true then.';
  const late = formatAge(renewedSeconds * 4 * 1000);
  return `A new page comes at least every ${formatAge(renewedSeconds * 1000)}. If this one is older than ${late}, nobody is looking: see the alarms sentinel-silent and sentinel-errors.`;
}

function overview(sources: readonly SourceStatus[], now: Date): Html {
  return html`<nav aria-label="${countOf(sources.length, 'database')}"><ul class="cards">${worstFirst(sources).map((one) => card(one, now))}</ul></nav>`;
}

/** Among twenty, nobody should have to look for the one that is not safe. The sort is stable: by name within a state. */
function worstFirst(sources: readonly SourceStatus[]): SourceStatus[] {
  const place = ({ state }: SourceStatus) => WORST_FIRST.indexOf(state);
  return sources.toSorted((a, b) => place(a) - place(b));
}

function card(status: SourceStatus, now: Date): Html {
  const { source, state, newestAt, lastDrill, backups } = status;
  const facts = [
    newestAt && `${formatAge(now.getTime() - newestAt.getTime())} old`,
    lastDrill && `restores in ${formatDuration(lastDrill.recoveryTimeMs)}`,
    backups.length > 0 && formatBytes(bytesOf(backups)),
  ].filter((fact) => fact !== undefined && fact !== false);
  return html`<li class="card ${state}"><a href="#${anchorOf(source)}">${source}</a><p class="state">${icon(state)}${STATE_WORDS[state]}</p><p>${answerOf(status, now)}</p>${facts.length > 0 && html`<p class="meta">${facts.join(' · ')}</p>`}</li>`;
}
