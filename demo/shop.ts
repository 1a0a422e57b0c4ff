import { readFileSync } from 'node:fs';
import type pg from 'pg';
import type { PostgresServer } from '../test/support/postgres-server.ts';

/** The scripts in order: tables, then rows, then keys and rules. A restore uses the same order. */
const SCRIPTS = ['tables', 'rows', 'rules'] as const;

/** Makes the database `shop` and fills it; resolves to a connection to it. */
export async function openShop(server: PostgresServer): Promise<pg.Client> {
  await server.run('CREATE DATABASE shop');
  for (const script of SCRIPTS) {
    await server.run(readFileSync(new URL(`./shop/${script}.sql`, import.meta.url), 'utf8'), 'shop');
  }
  return server.connect('shop');
}

/** The one number that a query answers with. */
export async function numberFrom(client: pg.Client, sql: string): Promise<number> {
  const { rows } = await client.query<{ number: string }>(`SELECT (${sql})::text AS number`);
  return Number(rows[0]?.number);
}

/**
 * Checks of a drill that hold at every moment of the shop, but fail for a copy that mixes two moments: each
 * order is written with its items and its payment in one transaction.
 */
export const SHOP_CHECKS = [
  {
    name: 'orders whose items do not add up to their total',
    sql: `SELECT count(*) FROM public.orders AS o
            LEFT JOIN (SELECT order_id, sum(amount) AS total FROM public.order_items GROUP BY order_id) AS i
              ON i.order_id = o.id
           WHERE i.total IS DISTINCT FROM o.total`,
    expect: '0',
  },
  {
    name: 'orders without their payment, or payments without their order',
    sql: `SELECT count(*) FROM public.orders AS o FULL JOIN public.payments AS p ON p.order_id = o.id
           WHERE p.amount IS DISTINCT FROM o.total`,
    expect: '0',
  },
] as const;
