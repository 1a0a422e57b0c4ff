import type { Construct } from 'constructs';
import type { AlertTopic } from './alarms/alert-topic.ts';
import { AuditTrail } from './audit-trail.ts';
import { GuardAlert } from './guard-alert.ts';
import type { Sentinel } from './sentinel.ts';
import type { VaultInUse } from './vault/vault-in-use.ts';
import { ownVault } from './vault-of-props.ts';

/** What {@link watchVault} needs. */
export interface WatchVaultProps {
  readonly environment: string;
  readonly vault: VaultInUse;
  readonly alerts: AlertTopic;
  /** Its dead letters take messages that could not be delivered. */
  readonly sentinel: Sentinel;
  readonly runbook: string;
  readonly isGuarded: boolean;
  /** `off`, `writes` or `all`. */
  readonly audit: string;
}

/** What watches a vault. */
export interface VaultWatch {
  readonly watchers: Construct[];
  /**
   * One of the watchers. Make it after what often fails in a first deployment: a bucket that holds a log file cannot be
   * taken away again.
   */
  readonly trail: AuditTrail | undefined;
}

/** Tells of attempts to change the vault, and records who writes there, as far as it is asked for. */
export function watchVault(scope: Construct, props: WatchVaultProps): VaultWatch {
  const { environment, vault, alerts, sentinel, runbook, isGuarded, audit } = props;
  const watchers: Construct[] = [];
  if (isGuarded) {
    const { deadLetters, deadLetterPolicy } = sentinel;
    const recordsObjects = audit !== 'off';
    watchers.push(
      new GuardAlert(scope, 'GuardAlert', {
        ...{ environment, vault, alerts, runbook, deadLetters, deadLetterPolicy },
        recordsObjects,
      }),
    );
  }
  const trail =
    audit === 'off'
      ? undefined
      : new AuditTrail(scope, 'Audit', {
          environment,
          vault: ownVault(vault),
          recordsReads: audit === 'all',
        });
  if (trail) watchers.push(trail);
  return { watchers, trail };
}
