import type { TableData } from '../archive/manifest.ts';
import { TargetStatementError } from '../target/target.ts';
import { mayTakeAnotherPartition } from './refusal-of-rows.ts';

type Root = NonNullable<TableData['partitionRoot']>;

/**
 * Loads rows into their own table. If that is a partition, and refuses rows that another one of its tree may take, it loads
 * them through the root of the tree, from where the server finds their partition. Throws the refusal of the own table, or what
 * `intoRoot` throws.
 */
export async function throughRootAtNeed<Outcome>(
  { partitionRoot: root }: Pick<TableData, 'partitionRoot'>,
  intoTable: () => Promise<Outcome>,
  intoRoot: (root: Root, refusal: TargetStatementError) => Promise<Outcome>,
): Promise<Outcome> {
  try {
    return await intoTable();
  } catch (error) {
    if (!(error instanceof TargetStatementError) || !mayTakeAnotherPartition(error) || !root) throw error;
    return await intoRoot(root, error);
  }
}
