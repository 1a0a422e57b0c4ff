import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { FUNCTION_VARIABLES } from '../../contract/function-variables.ts';
import { RETENTION_CLASSES } from '../../contract/retention-classes.ts';
import type { StatusPageSource } from '../../contract/status-page.ts';
import type { PageBucket } from '../status-page/page-bucket.ts';
import { readExpiryRules, readMarksAndHolds } from '../vault/keeper-statements.ts';
import type { VaultInUse } from '../vault/vault-in-use.ts';
import { decryptObjects, listVault, readManifestsAndProofs } from '../vault/vault-statements.ts';
import { countRuns } from './sentinel-function.ts';
import { VaultFunction } from './vault-function.ts';

/** What a {@link StatusPageFunction} is made from. */
export interface StatusPageFunctionProps {
  readonly environment: string;
  readonly vault: VaultInUse;
  readonly pages: PageBucket;
  readonly logRetention: RetentionDays;
}

/**
 * Writes the status page. It may read more than the sentinel, which starts it: records of scrubs, holds, and the log of
 * changes. It writes one object, which is in no vault.
 */
export class StatusPageFunction extends VaultFunction {
  readonly #sources: StatusPageSource[] = [];

  constructor(scope: Construct, id: string, props: StatusPageFunctionProps) {
    const { environment, vault, pages } = props;
    super(scope, id, {
      handlerName: 'status-page',
      description: `Lifeboat: writes the status page (${environment})`,
      variables: {
        [FUNCTION_VARIABLES.environment]: environment,
        [FUNCTION_VARIABLES.vault]: vault.url,
        [FUNCTION_VARIABLES.statusPages]: pages.url,
      },
      statements: [
        listVault(vault),
        readManifestsAndProofs(vault),
        readNotes(vault),
        readMarksAndHolds(vault),
        readExpiryRules(vault),
        decryptObjects(vault),
        countRuns(),
        pages.write(),
      ],
      // The sentinel asks again within a quarter of an hour.
      timeout: Duration.minutes(5),
      maximumEventAge: Duration.minutes(5),
      memoryMb: 1024,
      temporaryStorageMb: 512,
      logRetention: props.logRetention,
    });
  }

  /** The page tells of another source. */
  tell(source: StatusPageSource): void {
    this.#sources.push(source);
    this.function.addEnvironment(
      FUNCTION_VARIABLES.statusSources,
      Stack.of(this).toJsonString(this.#sources.map(inVariable)),
    );
  }
}

/** Without names of fields: the variables of a function hold 4 kB, and there may be fifteen sources. */
function inVariable(source: StatusPageSource) {
  const { name, backupSeconds, proofSeconds, recoverySeconds, sizePercent, durationFactor } = source;
  return [name, backupSeconds, proofSeconds ?? 0, recoverySeconds, sizePercent, durationFactor];
}

/** Records of scrubs, and of the moments that can be restored. Entries of the log may hold small changes, and no segment is read. */
function readNotes({ bucket }: VaultInUse): PolicyStatement {
  return new PolicyStatement({
    sid: 'ReadNotes',
    actions: ['s3:GetObject'],
    resources: [
      ...RETENTION_CLASSES.map((name) => bucket.arnForObjects(`${name}/*/scrubs/*`)),
      ...['epochs', 'log', 'proofs'].map((folder) => bucket.arnForObjects(`changes/*/${folder}/*`)),
    ],
  });
}
