import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import type { ConfiguredExport } from '../../contract/exports.ts';
import { FUNCTION_VARIABLES } from '../../contract/function-variables.ts';
import type { ExportsBucket } from '../exports/exports-bucket.ts';
import type { VaultInUse } from '../vault/vault-in-use.ts';
import { decryptObjects, listBackupsOf, readBackups } from '../vault/vault-statements.ts';
import { readSecret } from './read-secret.ts';
import { DRILL_EVENT_AGE, RUN_TIME } from './time-limits.ts';
import { VaultFunction } from './vault-function.ts';

/** Tables are streamed. A query loads its tables into the embedded server, which lies in /tmp. */
const ROOM_MB = { tables: 512, queries: 10_240 } as const;

/** What an {@link ExportFunction} is made from. */
export interface ExportFunctionProps {
  readonly environment: string;
  readonly source: string;
  readonly vault: VaultInUse;
  readonly exports: readonly ConfiguredExport[];
  readonly bucket: ExportsBucket;
  /** The secret that holds an age identity. @default - the backups are not encrypted by Lifeboat */
  readonly identitySecret?: ISecret;
  /** @default - the secret is encrypted by AWS's own key for Secrets Manager */
  readonly identitySecretKey?: IKey;
  readonly logRetention: RetentionDays;
}

/**
 * Exports tables of a sealed backup. Like the drill it has no secret of the source and no VPC: it reads the vault alone, so
 * the source has no second load, and nobody who takes this function over reaches the database.
 */
export class ExportFunction extends VaultFunction {
  constructor(scope: Construct, id: string, props: ExportFunctionProps) {
    const { environment, source, vault, exports, bucket, identitySecret, identitySecretKey } = props;
    super(scope, id, {
      handlerName: 'export',
      description: `Lifeboat: exports of ${source} (${environment})`,
      variables: {
        [FUNCTION_VARIABLES.environment]: environment,
        [FUNCTION_VARIABLES.vault]: vault.url,
        [FUNCTION_VARIABLES.source]: source,
        [FUNCTION_VARIABLES.exports]: JSON.stringify(exports),
        [FUNCTION_VARIABLES.exportsBucket]: bucket.url,
        ...(identitySecret && { [FUNCTION_VARIABLES.ageIdentitySecretArn]: identitySecret.secretArn }),
      },
      statements: [
        listBackupsOf(vault, source),
        readBackups(vault, source),
        decryptObjects(vault),
        ...bucket.write(source),
        ...(identitySecret ? readSecret(scope, identitySecret, identitySecretKey) : []),
      ],
      timeout: RUN_TIME,
      maximumEventAge: DRILL_EVENT_AGE,
      memoryMb: 2048,
      temporaryStorageMb: exports.some(({ query }) => query !== undefined) ? ROOM_MB.queries : ROOM_MB.tables,
      logRetention: props.logRetention,
    });
  }
}
