import { Duration } from 'aws-cdk-lib';
import { CfnRolePolicy, PolicyDocument, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { acknowledgeWildcards } from './acknowledge-wildcards.ts';
import { peopleWithMfa } from './people-with-mfa.ts';
import type { RestoreTask } from './task/restore-task.ts';
import type { VaultInUse } from './vault/vault-in-use.ts';
import { readEverything } from './vault/vault-statements.ts';

/** What a {@link RestoreRole} is made from. */
export interface RestoreRoleProps {
  readonly vault: VaultInUse;

  /**
   * ARNs of the users or roles that may assume the role.
   *
   * @default - everybody in the account whose own permissions allow it
   */
  readonly trustedArns?: readonly string[];
}

/**
 * The role that people assume to read the vault: to list, verify and restore. It requires MFA within the last
 * hour, and does not allow writing or deleting.
 */
export class RestoreRole extends Construct {
  readonly role: Role;

  constructor(scope: Construct, id: string, props: RestoreRoleProps) {
    super(scope, id);
    const { vault } = props;
    const statements = readEverything(vault);
    this.role = new Role(this, 'Role', {
      description: 'Lifeboat: read backups to verify and restore them; needs MFA',
      assumedBy: peopleWithMfa(props.trustedArns),
      // A restore of a large database takes longer than the usual hour.
      maxSessionDuration: Duration.hours(4),
      inlinePolicies: { Restore: new PolicyDocument({ statements }) },
    });
    acknowledgeWildcards(this.role, statements);
  }

  /** Lets people also start restores in tasks, and watch them. */
  mayStart(task: RestoreTask): void {
    const statements = task.startStatements();
    new CfnRolePolicy(this, 'OnAws', {
      roleName: this.role.roleName,
      policyName: 'RestoreOnAws',
      policyDocument: new PolicyDocument({ statements }),
    });
    acknowledgeWildcards(this, statements);
  }
}
