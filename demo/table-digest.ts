import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { TableData } from '../lib/engine/archive/manifest.ts';
import { type ContentDigest, RowDigest } from '../lib/engine/copy-text/row-digest.ts';
import { copyOut, selectRows } from '../lib/engine/source/copy-statement.ts';

/** Reads a table of a live server as a backup reads it. The session needs the settings of source/session.ts. */
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
