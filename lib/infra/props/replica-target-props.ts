/** Where the vault is replicated to: a `Replica` of the same environment, in another stack. */
export interface ReplicaTargetProps {
  /** The region of the replica's stack. */
  readonly region: string;

  /**
   * The account of the replica's stack, 12 digits.
   *
   * @default - the account of the vault
   */
  readonly account?: string;
}
