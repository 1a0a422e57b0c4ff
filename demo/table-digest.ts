import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { TableData } from '../lib/engine/archive/manifest.ts';
import { copyOut, selectRows } from '../lib/engine/catalog/copy-statement.ts';
import { type ContentDigest, RowDigest } from '../lib/engine/copy-text/row-digest.ts';

/**
 * Digests a live table as a backup reads it. The session needs the settings of
 * connection/session-settings.ts.
 */
export async function digestOfTable(
  client: pg.Client,
  { schema, name, columns }: TableData,
  encoding: string,
): Promise<ContentDigest> {
  const digest = new RowDigest();
  const select = selectRows({ schema, name, columns });
  for await (const piece of client.query(copyTo(copyOut(select, encoding)))) digest.update(piece as Buffer);
  return digest.finish();
}
