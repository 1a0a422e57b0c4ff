import type { Construct, IDependable } from 'constructs';
import type { AlertTopic } from './alarms/alert-topic.ts';
import { AuditTrail } from './audit-trail.ts';
import { GuardAlert } from './guard-alert.ts';
import type { Sentinel } from './sentinel.ts';
import type { Vault } from './vault/vault.ts';

/** What {@link watchVault} needs. */
export interface WatchVaultProps {
  readonly environment: string;
  readonly vault: Vault;
  readonly alerts: AlertTopic;
  /** Its dead letters take messages that could not be delivered. */
  readonly sentinel: Sentinel;
  readonly runbook: string;
  readonly isGuarded: boolean;
  /** `off`, `writes` or `all`. */
  readonly audit: string;
  /** What has to be made before the trail. */
  readonly after: IDependable[];
}

/**
 * Tells of attempts to change the vault, and records who writes there, as far as it is asked for. The trail comes after
 * what often fails in a first deployment: a bucket that holds a log file cannot be taken away again.
 */
export function watchVault(scope: Construct, props: WatchVaultProps): Construct[] {
  const { environment, vault, alerts, sentinel, runbook, isGuarded, audit, after } = props;
  const made: Construct[] = [];
  if (isGuarded) {
    const { deadLetters, deadLetterPolicy } = sentinel;
    const recordsObjects = audit !== 'off';
    made.push(
      new GuardAlert(scope, 'GuardAlert', {
        ...{ environment, vault, alerts, runbook, deadLetters, deadLetterPolicy },
        recordsObjects,
      }),
    );
  }
  if (audit !== 'off') {
    const trail = new AuditTrail(scope, 'Audit', { environment, vault, recordsReads: audit === 'all' });
    trail.trail.node.addDependency(...after);
    made.push(trail);
  }
  return made;
}
