/** All that is public. What a public type mentions is public too: test/infra/public-api.test.ts. */

export { type AddedEnvironment, addStacks } from './add-stacks.ts';
export type { AlarmActionStrategyProps, IAlarmActionStrategy } from './alarms/alarm-action-strategy.ts';
export { AlarmSeverity } from './alarms/alarm-severity.ts';
export { TopicAlarmActions } from './alarms/topic-alarm-actions.ts';
export type {
  ChannelSettings,
  ContactSettings,
  EnvironmentSettings,
  HealthSettings,
  NamedSecretSettings,
  ReplicaSettings,
  SourceSettings,
  VpcSettings,
} from './environment/environment-settings.ts';
export type { Environments } from './environment/environments.ts';
export { InvalidEnvironmentsError } from './environment/invalid-environments-error.ts';
export type {
  BackupOrderSettings,
  ClassRetentionSettings,
  ExportSettings,
  FunctionSizeSettings,
  HealthMeasureSettings,
  HealthThresholdSettings,
  ObjectLockSettings,
  PointInTimeSettings,
  RetentionSettings,
  TaskSizeSettings,
  ThresholdSettings,
} from './environment/shared-settings.ts';
export { PostgresBackup } from './postgres-backup.ts';
export { Compute } from './props/compute.ts';
export type { DrillCheckProps } from './props/drill-check-props.ts';
export { DrillPlace } from './props/drill-place.ts';
export type { ExportProps } from './props/export-props.ts';
export type { FunctionSizeProps } from './props/function-size-props.ts';
export type { HealthEndpointProps, SecretHeaderProps } from './props/health-endpoint-props.ts';
export type { HealthProps, HealthThresholdProps } from './props/health-props.ts';
export type { HeartbeatProps } from './props/heartbeat-props.ts';
export { HostProfile } from './props/host-profile.ts';
export type { LoadProps } from './props/load-props.ts';
export type { ChannelProps, NotificationProps } from './props/notification-props.ts';
export type { ObjectLockProps } from './props/object-lock-props.ts';
export type { PointInTimeProps } from './props/point-in-time-props.ts';
export type { PostgresBackupProps } from './props/postgres-backup-props.ts';
export type { ReplicaProps } from './props/replica-props.ts';
export type { ReplicaTargetProps } from './props/replica-target-props.ts';
export type { ReplicatedSourceProps } from './props/replicated-source-props.ts';
export type { RestoreOnAwsProps } from './props/restore-on-aws-props.ts';
export type { ClassRetentionProps, RetentionProps } from './props/retention-props.ts';
export type { SelectionProps } from './props/selection-props.ts';
export type { SourceNetworkProps } from './props/source-network-props.ts';
export type { SourceProps } from './props/source-props.ts';
export type { TaskSizeProps } from './props/task-size-props.ts';
export type { ThresholdProps } from './props/threshold-props.ts';
export { Replica } from './replica/replica.ts';
export type { IReplicatedSource } from './replica/replicated-source-interface.ts';
export type { IProtectedSource } from './source-interface.ts';
export { Vault } from './vault/vault.ts';
export type { VaultAttributes } from './vault/vault-attributes.ts';
export type { IVault } from './vault/vault-interface.ts';
