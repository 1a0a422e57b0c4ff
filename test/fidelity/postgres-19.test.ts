import { newestPostgres } from '../support/newest-postgres/newest-postgres.ts';
import { restoresEveryScenario } from './every-scenario.ts';

const newest = await newestPostgres(19);
if ('missing' in newest) console.warn(`SKIPPED: every scenario on PostgreSQL 19: ${newest.missing}`);
restoresEveryScenario(19, {
  together: false,
  binDirectory: 'missing' in newest ? undefined : newest.binDirectory,
});
