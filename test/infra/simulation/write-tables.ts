import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hear } from './faults.ts';
import { everyFault, tablesOf, withTables } from './table.ts';

/** `npm run alarms`: walks through every schedule with every fault, and writes what was heard into docs/alarms.md. */
const page = join(import.meta.dirname, '..', '..', '..', 'docs', 'alarms.md');
writeFileSync(page, withTables(readFileSync(page, 'utf8'), tablesOf(everyFault(hear))));
