import { NEWEST_SUITES, type NewestMajor, newestPostgres } from './newest-postgres.ts';

/** `node test/support/newest-postgres/bring.ts 17`: prints where the programs of Debian's newest PostgreSQL 17 are. */
const major = Number(process.argv[2]) as NewestMajor;
if (!(major in NEWEST_SUITES))
  throw new Error(`give one of the majors ${Object.keys(NEWEST_SUITES).join(', ')}`);
const found = await newestPostgres(major);
if ('missing' in found) {
  process.stderr.write(`${found.missing}\n`);
  process.exitCode = 1;
} else {
  process.stderr.write(`PostgreSQL ${found.version}\n`);
  process.stdout.write(`${found.binDirectory}\n`);
}
