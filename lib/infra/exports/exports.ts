import { NestedStack } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { AlarmContext } from '../alarms/lifeboat-alarm.ts';
import type { ExportSettings } from '../environment/shared-settings.ts';
import type { SourceToProtect } from '../source-to-protect.ts';
import type { VaultInUse } from '../vault/vault-in-use.ts';
import { configured } from './check-exports.ts';
import { ExportsBucket } from './exports-bucket.ts';
import { SourceExports } from './source-exports.ts';

/** What an {@link Exports} is made from. */
export interface ExportsStackProps {
  readonly context: AlarmContext;
  readonly vault: VaultInUse;
  readonly logRetention: RetentionDays;
}

/** Exports tables after backups, for the sources that ask for it: decisions 0114 and 0127. */
export class Exports extends NestedStack {
  readonly exports: ExportsBucket;
  readonly #props: ExportsStackProps;

  constructor(scope: Construct, id: string, props: ExportsStackProps) {
    super(scope, id, { description: `Lifeboat: exports of backups (${props.context.environment})` });
    this.#props = props;
    this.exports = new ExportsBucket(this, 'Exports');
  }

  /** Exports after the backups of another source. */
  of(source: SourceToProtect, exports: readonly ExportSettings[]): SourceExports {
    return new SourceExports(this, `Source-${source.name}`, {
      ...{ source, exports: configured(exports), bucket: this.exports },
      ...this.#props,
    });
  }
}
