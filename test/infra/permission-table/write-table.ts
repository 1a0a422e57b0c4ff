import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withMadePart } from '../support/made-part.ts';
import { permissionTables } from './table.ts';

/** `npm run permissions`: asks the synthesized policies who may do what, and writes it into docs/permissions.md. */
const page = join(import.meta.dirname, '..', '..', '..', 'docs', 'permissions.md');
writeFileSync(page, withMadePart(readFileSync(page, 'utf8'), 'npm run permissions', permissionTables()));
