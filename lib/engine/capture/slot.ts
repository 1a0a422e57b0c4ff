import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { queryRows } from '../connection/query-rows.ts';
import { quoteLiteral } from '../ground/sql.ts';
import { SQLSTATE_IN_USE, slotActive } from './capture-errors.ts';
import { readSlot } from './source-state.ts';

const TRIES = 20;
const PAUSE_MS = 250;

/** Drops a slot of any state, whoever reads it. False if there is none. */
export async function dropSlot(client: pg.Client, name: string): Promise<boolean> {
  const query = queryRows(client);
  for (let tries = 1; tries <= TRIES; tries += 1) {
    const slot = await readSlot(query, name);
    if (!slot) return false;
    if (slot.activePid !== null)
      await query(`SELECT pg_catalog.pg_terminate_backend(${slot.activePid}) AS done`);
    try {
      await client.query(`SELECT pg_catalog.pg_drop_replication_slot(${quoteLiteral(name)})`);
      return true;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === SQLSTATE_IN_USE)) throw error;
      await delay(PAUSE_MS);
    }
  }
  throw slotActive(name);
}
