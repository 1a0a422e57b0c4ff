import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withMadePart } from '../support/made-part.ts';
import { hear } from './faults.ts';
import { everyFault, tablesOf } from './table.ts';

/** `npm run alarms`: walks through every schedule with every fault, and writes what was heard into docs/alarms.md. */
const page = join(import.meta.dirname, '..', '..', '..', 'docs', 'alarms.md');
writeFileSync(page, withMadePart(readFileSync(page, 'utf8'), 'npm run alarms', tablesOf(everyFault(hear))));
