/** What the command, the stack and the task of a restore must agree on. */
export const RESTORE_TASK_VARIABLES = {
  /** JSON, the arguments of `lifeboat restore`, without vault and target. The command sets it when it starts a task. */
  arguments: 'LIFEBOAT_RESTORE_ARGUMENTS',
  /** Who started it, as that person's machine says. For the record; an older task passes over it. */
  by: 'LIFEBOAT_RESTORE_BY',
  /** ARN of the secret with the target's URL, or RDS's JSON. The command sets it, and never what is in the secret. */
  targetSecretArn: 'LIFEBOAT_TARGET_SECRET_ARN',
  /** JSON, {@link RestorePlace}: in the definition, for whoever starts a task. */
  place: 'LIFEBOAT_TASK_PLACE',
} as const;

/** Where a restore's task runs. RunTask wants it, and a definition has no other room for it. */
export interface RestorePlace {
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly publicIp: boolean;
}

export function clusterOf(environment: string): string {
  return `lifeboat-${environment}`;
}

export function restoreFamily(environment: string): string {
  return `lifeboat-${environment}-restore`;
}
