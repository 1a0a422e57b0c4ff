/**
 * Names that the stack gives by itself, so that people, and the commands that they paste, know them without asking
 * AWS. The names of functions, the bucket and the topics are CloudFormation's: only the outputs tell them.
 */

/** The stack of an environment. */
export function stackName(environment: string): string {
  return `lifeboat-${environment}`;
}

/** The environment's name in the alarms and metrics of the replica, so that nobody takes them for the vault's. */
export function replicaEnvironment(environment: string): string {
  return `${environment}-replica`;
}

/** The replica's bucket: names of buckets are unique in the world, so it holds the account and the region. */
export function replicaBucketName(environment: string, account: string, region: string): string {
  return `lifeboat-${environment}-${account}-${region}`;
}

/** The role with which S3 replicates the vault of `region`. */
export function replicationRoleName(environment: string, region: string): string {
  return `lifeboat-${environment}-${region}-replication`;
}

/** The role that breaks the glass. Others must be able to tell its name before the role exists. */
export function breakGlassRoleNameIn(environment: string, region: string): string {
  return `lifeboat-${environment}-${region}-break-glass`;
}

/** The policy of the state machine's role names the machine before there is one. */
export function scrubMachineName(environment: string): string {
  return `lifeboat-${environment}-scrub`;
}

/** Dashboards of all regions share their names (Amazon CloudWatch API Reference, PutDashboard). */
export function dashboardName(environment: string, region: string): string {
  return `lifeboat-${environment}-${region}`;
}

/** `orders-eu` → `OrdersEu`: an output's name has letters and digits only. */
export function inPascalCase(name: string): string {
  return name
    .split(/[^a-z0-9]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');
}
