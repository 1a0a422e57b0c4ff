import type { RelationMessage } from '../pgoutput/messages.ts';

/** Where the rows of a table are in the target. */
export interface RowsPlace {
  readonly schema: string;
  readonly name: string;
  /** A partitioned table whose partitions hold the rows: they went in through it. */
  readonly isTree?: boolean;
}

/** A table of the source whose changes are replayed. */
export interface ReplayedTable {
  readonly relation: RelationMessage;
  /** `public.orders` */
  readonly name: string;
  readonly place: RowsPlace;
  /** The positions of the columns that identify a row. Empty: only the whole row does. */
  readonly key: readonly number[];
}

export function replayedTable(relation: RelationMessage, place: RowsPlace): ReplayedTable {
  const { schema, name, replicaIdentity, columns } = relation;
  const isKeyed = replicaIdentity === 'd' || replicaIdentity === 'i';
  const key = isKeyed ? columns.flatMap(({ isKey }, position) => (isKey ? [position] : [])) : [];
  return { relation, name: `${schema}.${name}`, place, key };
}
