import { Duration } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { FUNCTION_VARIABLES } from '../../contract/function-variables.ts';
import type { PointInTimeFigures } from '../point-in-time/point-in-time-figures.ts';
import type { SourceNetworkProps } from '../props/source-network-props.ts';
import type { SourceToProtect } from '../source-to-protect.ts';
import { listChangesOf, noteEndOfChanges, readLogOfChanges } from '../vault/changes-statements.ts';
import type { VaultInUse } from '../vault/vault-in-use.ts';
import { encryptObjects } from '../vault/vault-statements.ts';
import { networkVariables, TRUST_AMAZON } from './network.ts';
import { publishSlotOf } from './publish-metrics.ts';
import { readSecret } from './read-secret.ts';
import { VaultFunction } from './vault-function.ts';

/** What a {@link SlotWatchFunction} is made from. */
export interface SlotWatchFunctionProps {
  readonly environment: string;
  readonly source: SourceToProtect;
  readonly figures: PointInTimeFigures;
  readonly vault: VaultInUse;
  readonly logRetention: RetentionDays;
  /** @default - outside any VPC */
  readonly network?: SourceNetworkProps;
}

/** A slot that is read is freed within five seconds; a removal looks twice. */
const RUN_TIME = Duration.minutes(3);

/**
 * Watches the slot of one source, and drops it at its limit, or when the setting is removed. Watching needs nothing of the
 * vault; the end of the capture is noted there.
 */
export class SlotWatchFunction extends VaultFunction {
  constructor(scope: Construct, id: string, props: SlotWatchFunctionProps) {
    const { environment, figures, vault } = props;
    const { name, secret, secretKey } = props.source;
    super(scope, id, {
      handlerName: 'slot-watch',
      description: `Lifeboat: keeps the slot of ${name} from filling the disk (${environment})`,
      variables: {
        [FUNCTION_VARIABLES.environment]: environment,
        [FUNCTION_VARIABLES.vault]: vault.url,
        [FUNCTION_VARIABLES.source]: name,
        [FUNCTION_VARIABLES.secretArn]: secret.secretArn,
        [FUNCTION_VARIABLES.maxHeldWalBytes]: String(figures.maxHeldWalBytes),
        ...networkVariables(props.network),
        ...TRUST_AMAZON,
      },
      statements: [
        noteEndOfChanges(vault, name),
        readLogOfChanges(vault, name),
        listChangesOf(vault, name),
        encryptObjects(vault),
        ...readSecret(scope, secret, secretKey),
        publishSlotOf(environment, name),
      ],
      timeout: RUN_TIME,
      // The removal must not be lost; a late look is harmless.
      maximumEventAge: Duration.minutes(5),
      memoryMb: 256,
      temporaryStorageMb: 512,
      logRetention: props.logRetention,
      ...(props.network && { network: props.network }),
    });
  }
}
