import type { IDependable } from 'constructs';
import type { ObjectLock } from './object-lock.ts';
import type { IVault } from './vault-interface.ts';

/** A vault as the functions, roles and alarms of a stack use it, whoever manages it. */
export interface VaultInUse extends IVault {
  /** How what is written is locked; undefined if it is not. */
  readonly objectLock: ObjectLock | undefined;

  /** The names that the policy knows of roles that the stack has yet to make. Undefined: any name will do. */
  readonly keeperRoleName: string | undefined;
  readonly holdRoleName: string | undefined;

  /** Lets the bucket send its events to EventBridge. */
  sendEvents(): void;

  /** Writes on the bucket that nobody drills this source. */
  tellUndrilled(source: string): void;

  /** Lets captured changes of this source expire, marked by the keeper, after so many days. */
  keepChanges(source: string, days: number): void;

  /** Makes the bucket's policy after `others`. */
  protectAfter(...others: IDependable[]): void;
}
