import { ALARM_TEXTS, type AlarmKind, type AlarmText, PAGE_NOW } from '../../contract/alarm-texts.ts';
import type { Severity } from '../notification.ts';
import type { AlarmAlert } from './alert.ts';

/** Where an alarm belongs: its name and its text say it. */
export interface AlarmIdentity {
  /** `no-backup-25h`: the heading of the runbook. */
  readonly kind: string;
  /** `app`, `app-backup`, `sentinel`; undefined if the kind says what is watched. */
  readonly subject: string | undefined;
  /** The source that it is about, if it is about one. */
  readonly source: string | undefined;
  readonly severity: Severity;
}

/** What there is to be told of. */
export interface Deployment {
  readonly environment: string;
  readonly sources: readonly string[];
}

/** Reads the name of an alarm, `lifeboat-production-app-unproven`. Its text ends with the heading, whatever kind it is. */
export function identityOf(
  { name, description }: Pick<AlarmAlert, 'name' | 'description'>,
  deployment: Deployment,
): AlarmIdentity {
  const prefix = `lifeboat-${deployment.environment}-`;
  const rest = name.startsWith(prefix) ? name.slice(prefix.length) : name;
  const kind = kindOf(rest, description);
  const subject = rest.endsWith(`-${kind}`) ? rest.slice(0, -kind.length - 1) : undefined;
  return { kind, subject, source: sourceOf(subject, deployment.sources), severity: severityOf(kind) };
}

function kindOf(rest: string, description: string): string {
  const [, heading] = / Runbook: \S+#([a-z0-9-]+)$/.exec(description) ?? [];
  if (heading !== undefined) return heading;
  const known = [...Object.keys(ALARM_TEXTS), PAGE_NOW].filter(
    (one) => rest === one || rest.endsWith(`-${one}`),
  );
  return known.toSorted((a, b) => b.length - a.length)[0] ?? rest;
}

/** `app-backup` is about `app`, unless there is a source of that name. */
function sourceOf(subject: string | undefined, sources: readonly string[]): string | undefined {
  if (subject === undefined || sources.includes(subject)) return subject;
  const owners = sources.filter((source) => subject.startsWith(`${source}-`));
  return owners.toSorted((a, b) => b.length - a.length)[0];
}

/** What wakes people is critical, and so is a database that is down, whose backups are well. */
export function severityOf(kind: string): Severity {
  if (kind === PAGE_NOW) return 'critical';
  const text: AlarmText | undefined = Object.hasOwn(ALARM_TEXTS, kind)
    ? ALARM_TEXTS[kind as AlarmKind]
    : undefined;
  return text?.pages || text?.isCritical ? 'critical' : 'warning';
}
