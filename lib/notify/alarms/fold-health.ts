import type { HealthFinding } from '../../engine/health/finding.ts';
import type { StoredHealth } from '../../engine/health/stored-health.ts';
import { pasteable } from '../../present/terminal/pasteable.ts';
import { formatDuration } from '../../present/terminal/units.ts';
import { cut } from '../cut.ts';
import type { Notification } from '../notification.ts';
import type { Folded } from './fold.ts';
import { type Memory, notificationOf, rememberTold } from './told.ts';

/** A value that goes up and down at its threshold is one finding. */
const OVER_AFTER_MS = 30 * 60_000;
/** Its source is perhaps no longer there. */
const FORGOTTEN_MS = 60 * 24 * 3_600_000;
const STATEMENTS = 3;
const LONGEST_STATEMENTS = 1500;

/**
 * Tells each critical finding of the last results once, and when it has been over for half an hour. The alarm
 * health-critical says only that there is one: while it is red, another finding does not change it. Whether a source can be
 * reached has an alarm of its own.
 */
export function foldHealth(
  before: Memory,
  results: readonly StoredHealth[],
  environment: string,
  now: Date,
): Folded {
  const notifications: Notification[] = [];
  const findings = new Map(Object.entries(before.findings));
  const sinceMs = (time: string) => now.getTime() - Date.parse(time);
  const usable = results.filter(
    ({ validUntil, report }) => sinceMs(validUntil) <= 0 && report.server !== null,
  );
  for (const { source, report } of usable) {
    for (const finding of report.findings) {
      const key = keyOf(environment, source, finding.check);
      const known = findings.get(key);
      if (finding.severity === 'critical') {
        const message = wordFinding(finding, { key, source, environment, since: report.checkedAt, now });
        if (!known) notifications.push(message);
        findings.set(key, { told: known?.told ?? rememberTold(message), seenAt: now.toISOString() });
      } else if (known && finding.severity !== 'unknown' && sinceMs(known.seenAt) >= OVER_AFTER_MS) {
        notifications.push(wordOver(notificationOf(known.told, now), new Date(known.seenAt), now));
        findings.delete(key);
      }
    }
  }
  for (const [key, { seenAt }] of findings) if (sinceMs(seenAt) > FORGOTTEN_MS) findings.delete(key);
  return { memory: { ...before, findings: Object.fromEntries(findings) }, notifications };
}

function keyOf(environment: string, source: string, check: string): string {
  return `lifeboat:health:${environment}:${source}:${check}`;
}

interface About {
  readonly key: string;
  readonly source: string;
  readonly environment: string;
  readonly since: string;
  readonly now: Date;
}

function wordFinding(finding: HealthFinding, { key, source, environment, since, now }: About): Notification {
  const { check, what, meaning, remedy, statements = [] } = finding;
  const shown = cut(statements.slice(0, STATEMENTS).map(pasteable).join('\n'), LONGEST_STATEMENTS);
  const toDo = [remedy, shown === '' ? undefined : `Statements that look closer or mend it:\n${shown}`];
  return {
    ...{ key, source, environment, state: 'firing', severity: 'critical' },
    title: `Health of ${source}: ${check} is critical`,
    happened: [what, meaning].filter((sentence) => sentence !== undefined).join(' '),
    since: new Date(since),
    toDo: toDo.filter((part) => part !== undefined).join(' '),
    runbook: 'docs/runbook.md#health-critical',
    at: now,
  };
}

function wordOver(told: Notification, seenAt: Date, now: Date): Notification {
  const lasted = told.since
    ? ` It was so for ${formatDuration(Math.max(0, seenAt.getTime() - told.since.getTime()))}.`
    : '';
  return { ...told, state: 'resolved', happened: `It is no longer critical.${lasted}`, at: now };
}
