import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { LifeboatError } from '../ground/errors.ts';
import type { Observer } from '../ground/progress.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { backupFindings } from './backup-findings.ts';
import { checkNodeVersion } from './checks/node-version.ts';
import { deploymentFindings } from './deployment-findings.ts';
import { type Finding, Findings, type FindingVerdict, TOPICS, type Topic } from './finding.ts';
import { sourceFindings } from './source-findings.ts';
import { vaultFindings } from './vault-findings.ts';

export type { Finding, FindingVerdict } from './finding.ts';

export interface DoctorRequest {
  /** Undefined: no source was named. An error: the one that was named cannot be used. */
  readonly source: ConnectionSettings | LifeboatError | undefined;
  readonly vault: ObjectStore | LifeboatError | undefined;
  /** The source's name in the vault. @default every source of the vault */
  readonly sourceName: string | undefined;
  /** The name under which backups are made from here; undefined if none are. */
  readonly writesAs: string | undefined;
  readonly maxAgeHours: number;
  /** Whether it is a problem, and no warning, that the vault has no backup. @default false */
  readonly isBackupExpected?: boolean;
  /** The environment whose alarms are checked. `false`: none; undefined: every environment. */
  readonly environment: string | undefined | false;
  readonly directory: string;
  readonly now: () => Date;
  readonly signal?: AbortSignal;
  readonly observer?: Observer;
}

export interface DoctorReport {
  readonly checkedAt: string;
  readonly findings: readonly Finding[];
  readonly totals: Readonly<Record<FindingVerdict, number>>;
}

/**
 * Checks beforehand everything that can stop a backup, a drill or a restore. Leaves nothing behind, neither
 * in the source nor in the vault. Every fault is a finding; only an aborted `signal` throws.
 */
export async function doctor(request: DoctorRequest): Promise<DoctorReport> {
  const { source, vault, now, observer } = request;
  const signal = request.signal ?? new AbortController().signal;
  const checkedAt = now();
  const findings: Finding[] = [checkNodeVersion()];
  const look = async (topic: Topic, find: () => Promise<Finding[]>) => {
    signal.throwIfAborted();
    observer?.onProgress?.({ phase: topic, tablesDone: 0, tablesTotal: 0, rawBytes: 0 });
    findings.push(...(await find()));
  };

  await look('source', async () => {
    if (source === undefined)
      return [notNamed('source', 'LIFEBOAT_SOURCE_URL=postgres://user:password@host:5432/database')];
    if (source instanceof LifeboatError) return [new Findings('source', 'address').error(source)];
    return sourceFindings({ settings: source, now, signal });
  });
  if (vault === undefined) {
    findings.push(notNamed('vault', 'LIFEBOAT_VAULT=s3://bucket/prefix'));
  } else if (vault instanceof LifeboatError) {
    findings.push(new Findings('vault', 'vault-reachable').error(vault));
  } else {
    const { writesAs } = request;
    await look('vault', () => vaultFindings({ store: vault, writesAs, now, signal }));
    const isReachable = findings.some(
      ({ check, verdict }) => check === 'vault-reachable' && verdict === 'ok',
    );
    if (isReachable) {
      const { sourceName, maxAgeHours, directory, isBackupExpected: isExpected = false } = request;
      await look('backups', () =>
        backupFindings({ store: vault, source: sourceName, maxAgeHours, isExpected, directory, now, signal }),
      );
    }
  }
  const { environment } = request;
  if (environment !== false) await look('deployment', () => deploymentFindings({ environment, now, signal }));
  return { checkedAt: checkedAt.toISOString(), findings: inOrder(findings), totals: totalsOf(findings) };
}

function notNamed(topic: 'source' | 'vault', variable: string): Finding {
  const check = topic === 'source' ? 'connection' : 'vault-reachable';
  return new Findings(topic, check).skipped(
    `No ${topic} was named.`,
    `Run \`export ${variable}\`, or use --${topic}.`,
  );
}

function inOrder(findings: readonly Finding[]): Finding[] {
  return findings.toSorted((a, b) => TOPICS.indexOf(a.topic) - TOPICS.indexOf(b.topic));
}

function totalsOf(findings: readonly Finding[]): DoctorReport['totals'] {
  const count = (verdict: FindingVerdict) => findings.filter((finding) => finding.verdict === verdict).length;
  return { ok: count('ok'), warning: count('warning'), problem: count('problem'), skipped: count('skipped') };
}
