import { newestPostgres } from '../support/newest-postgres/newest-postgres.ts';
import { drillsEveryScenario } from './every-drill.ts';

const newest = await newestPostgres(19);
if ('missing' in newest) console.warn(`SKIPPED: drills of PostgreSQL 19: ${newest.missing}`);
drillsEveryScenario(19, 'missing' in newest ? undefined : newest.binDirectory);
