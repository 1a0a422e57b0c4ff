import { header, type S3Request } from './request.ts';
import { S3Error } from './s3-error.ts';
import { textOf, xmlDocument } from './xml.ts';

export type RetentionMode = 'GOVERNANCE' | 'COMPLIANCE';

export interface Retention {
  readonly mode: RetentionMode;
  readonly until: Date;
}

/** A bucket's default: every new version is retained that long. */
export interface RetentionRule {
  readonly mode: RetentionMode;
  readonly days: number;
}

export interface ObjectLock {
  readonly retention?: Retention | undefined;
  readonly legalHold?: boolean | undefined;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** The lock a new version gets: from its own headers, else from the bucket's default. */
export function lockOfRequest(
  request: S3Request,
  defaultRetention: RetentionRule | undefined,
  enabled: boolean,
): ObjectLock {
  const mode = header(request, 'x-amz-object-lock-mode');
  const until = header(request, 'x-amz-object-lock-retain-until-date');
  const legalHold = header(request, 'x-amz-object-lock-legal-hold');
  const asked = mode !== undefined || until !== undefined || legalHold !== undefined;
  if (asked && !enabled) throw new S3Error('InvalidRequest', 'Bucket is missing Object Lock Configuration');
  if ((mode === undefined) !== (until === undefined)) {
    throw new S3Error(
      'InvalidArgument',
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
    );
  }
  const retention =
    mode !== undefined && until !== undefined
      ? parseRetention(mode, until)
      : defaultRetention && {
          mode: defaultRetention.mode,
          until: new Date(Date.now() + defaultRetention.days * DAY_MS),
        };
  return { retention, legalHold: legalHold === 'ON' };
}

export function assertDeletable(lock: ObjectLock, bypassGovernance: boolean): void {
  const retained = lock.retention && lock.retention.until.getTime() > Date.now();
  const bypassed = lock.retention?.mode === 'GOVERNANCE' && bypassGovernance;
  if (lock.legalHold || (retained && !bypassed)) {
    throw new S3Error('AccessDenied', 'Access Denied because object protected by object lock.');
  }
}

/** A retention may be lengthened; only governance may be shortened, and only by who bypasses it. */
export function assertRetentionChange(
  before: Retention | undefined,
  after: Retention | undefined,
  bypass: boolean,
): void {
  if (!before || before.until.getTime() <= Date.now()) return;
  const loosens =
    !after || after.until < before.until || (before.mode === 'COMPLIANCE' && after.mode !== 'COMPLIANCE');
  if (loosens && !(before.mode === 'GOVERNANCE' && bypass)) {
    throw new S3Error('AccessDenied', 'Access Denied because object protected by object lock.');
  }
}

export function retentionOfXml(xml: string): Retention | undefined {
  const [mode, until] = [textOf(xml, 'Mode'), textOf(xml, 'RetainUntilDate')];
  if (mode === undefined && until === undefined) return undefined;
  return parseRetention(mode ?? '', until ?? '');
}

export function retentionXml(retention: Retention): string {
  return xmlDocument('Retention', { Mode: retention.mode, RetainUntilDate: retention.until.toISOString() });
}

export function ruleOfXml(xml: string): RetentionRule | undefined {
  const [mode, days, years] = [textOf(xml, 'Mode'), textOf(xml, 'Days'), textOf(xml, 'Years')];
  if (mode === undefined) return undefined;
  return { mode: parseMode(mode), days: days === undefined ? Number(years) * 365 : Number(days) };
}

export function lockHeaders(lock: ObjectLock): Record<string, string> {
  const headers: Record<string, string> = {};
  if (lock.retention) {
    headers['x-amz-object-lock-mode'] = lock.retention.mode;
    headers['x-amz-object-lock-retain-until-date'] = lock.retention.until.toISOString();
  }
  if (lock.legalHold) headers['x-amz-object-lock-legal-hold'] = 'ON';
  return headers;
}

function parseRetention(mode: string, until: string): Retention {
  const time = new Date(until);
  if (Number.isNaN(time.getTime()))
    throw new S3Error('MalformedXML', 'The XML you provided was not well-formed');
  if (time.getTime() <= Date.now()) {
    throw new S3Error('InvalidArgument', 'The retain until date must be in the future!');
  }
  return { mode: parseMode(mode), until: time };
}

function parseMode(mode: string): RetentionMode {
  if (mode === 'GOVERNANCE' || mode === 'COMPLIANCE') return mode;
  throw new S3Error('MalformedXML', 'The XML you provided was not well-formed');
}
