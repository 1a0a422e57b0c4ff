import type { Epoch } from '../archive/changes/change-records.ts';
import type { RelationMessage } from '../pgoutput/messages.ts';
import type { RowsPlace } from './replayed-table.ts';
import { StreamError } from './stream-damaged.ts';

type PlaceOf = (relation: RelationMessage) => RowsPlace | undefined;

/**
 * The same places, for a stream that may only describe tables of its epoch. Changes of a table without a place are passed over: a
 * table whose name was read wrongly would be, too, without a word.
 */
export function coveredPlaces({ tables }: Epoch, placeOf: PlaceOf): PlaceOf {
  const covered = new Map(tables.map((table) => [table.oid, table]));
  return (relation) => {
    const known = covered.get(relation.oid);
    if (known?.schema === relation.schema && known.name === relation.name) return placeOf(relation);
    throw new StreamError(`describes the table ${relation.oid}, which its epoch does not cover by that name`);
  };
}
