import { expect } from 'vitest';
import type { Ran } from '../unit/cli/command-line.ts';
import type { S3Server } from './s3-server/server.ts';

export type HoldAction = 'add' | 'remove';

/** A vault with one backup, and the commands that change and list its hold. */
export interface HeldVault {
  readonly server: S3Server;
  change(action: HoldAction): Promise<Ran>;
  states(): Promise<string[]>;
  /** Of the backup: all versions, and those on hold. */
  counts(): { readonly versions: number; readonly held: number };
}

/** Lets an action fail at requests, `all` or the first and the last of each kind in a row, and runs it again. */
export async function failAtRequests(vault: HeldVault, action: HoldAction, which: 'all' | 'kinds') {
  const { server, change, states, counts } = vault;
  const opposite = action === 'add' ? 'remove' : 'add';
  if (action === 'remove') await change('add');
  // The history, and with it the number of requests, is always as long.
  await change(opposite);
  const before = server.requests.length;
  await change(action);
  const operations = server.requests.slice(before).map(({ operation }) => operation);
  expect(operations.length).toBeGreaterThan(counts().versions);
  for (const [n, operation] of operations.entries()) {
    const isWithin = operation === operations[n - 1] && operation === operations[n + 1];
    if (which === 'kinds' && isWithin) continue;
    // Back to where it began.
    await change(opposite);
    let left = n;
    server.onRequest = () => (left-- === 0 ? { status: 403, code: 'AccessDenied' } : 'pass');
    const { exitCode } = await change(action);
    server.onRequest = undefined;
    // A held manifest says that all of it is held.
    if ((await states())[0] === 'held') expect(counts().held).toBe(counts().versions);
    if (exitCode !== 0) expect(exitCode).toBe(4);
    expect((await change(action)).exitCode).toBe(0);
    expect(counts().held).toBe(action === 'add' ? counts().versions : 0);
    expect(await states()).toEqual(action === 'add' ? ['held'] : []);
  }
}
