export type { ThresholdProps } from './alarms/thresholds.ts';
export type { FunctionSizeProps } from './functions/function-size.ts';
export type { SourceNetworkProps } from './functions/network.ts';
export { PostgresBackup } from './postgres-backup.ts';
export type { PostgresBackupProps } from './postgres-backup-props.ts';
export { ProtectedSource } from './protected-source.ts';
export type { SourceProps } from './source-props.ts';
export type { ClassRetentionProps, RetentionProps } from './vault/retention.ts';
export { Vault } from './vault/vault.ts';
