import { once } from 'node:events';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { interceptedStore } from '../../support/intercepted-store.ts';
import { done, openRowsWorld, type RowsWorld } from './rows-world.ts';

let world: RowsWorld;
beforeAll(async () => {
  world = await openRowsWorld();
});
afterAll(() => world?.stop());
