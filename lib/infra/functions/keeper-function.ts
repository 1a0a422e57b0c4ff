import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { FUNCTION_VARIABLES } from '../../contract/function-variables.ts';
import { readLogsOfAllChanges } from '../vault/changes-statements.ts';
import { markForExpiry, readMarksAndHolds } from '../vault/keeper-statements.ts';
import type { Retention } from '../vault/retention.ts';
import type { VaultInUse } from '../vault/vault-in-use.ts';
import { decryptObjects, listVault, readManifestsAndProofs } from '../vault/vault-statements.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { KEEPER_EVENT_AGE, RUN_TIME } from './time-limits.ts';
import { VaultFunction } from './vault-function.ts';

/** What a {@link KeeperFunction} is made from. */
export interface KeeperFunctionProps {
  readonly environment: string;
  readonly vault: VaultInUse;
  readonly retention: Retention;
  /** @default - CloudFormation makes one up */
  readonly roleName?: string;
  readonly logRetention: RetentionDays;
  readonly deadLetters: DeadLetterQueue;
}

/** Marks what may expire. It cannot read a backup's rows, write an object, or delete anything. */
export class KeeperFunction extends VaultFunction {
  constructor(scope: Construct, id: string, props: KeeperFunctionProps) {
    const { vault } = props;
    const { daily, weekly, monthly, manual } = props.retention;
    super(scope, id, {
      handlerName: 'keeper',
      description: `Lifeboat: marks backups that may expire (${props.environment})`,
      variables: {
        [FUNCTION_VARIABLES.environment]: props.environment,
        [FUNCTION_VARIABLES.vault]: vault.url,
        [FUNCTION_VARIABLES.keptDays]: JSON.stringify({
          daily: daily.days,
          weekly: weekly.days,
          monthly: monthly.days,
          manual: manual.days,
        }),
      },
      statements: [
        listVault(vault),
        readManifestsAndProofs(vault),
        readLogsOfAllChanges(vault),
        decryptObjects(vault),
        readMarksAndHolds(vault),
        markForExpiry(vault),
      ],
      timeout: RUN_TIME,
      maximumEventAge: KEEPER_EVENT_AGE,
      memoryMb: 1024,
      temporaryStorageMb: 512,
      logRetention: props.logRetention,
      deadLetters: props.deadLetters,
      ...(props.roleName !== undefined && { roleName: props.roleName }),
    });
  }

  /** Tells the keeper which sources nobody drills: their backups expire without a proof. */
  tellUndrilled(sources: readonly string[]): void {
    this.function.addEnvironment(FUNCTION_VARIABLES.undrilledSources, JSON.stringify(sources));
  }

  /** Tells the keeper for how many days every moment of a source can be restored. */
  tellChanges(days: Readonly<Record<string, number>>): void {
    this.function.addEnvironment(FUNCTION_VARIABLES.keptChangesDays, JSON.stringify(days));
  }
}
