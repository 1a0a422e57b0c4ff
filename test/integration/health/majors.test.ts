import { expect, it } from 'vitest';
import { type ServerMajor, startPostgres } from '../../support/postgres-server.ts';
import { examine } from './ask.ts';

const MAJORS: readonly ServerMajor[] = [13, 14, 15, 16, 17, 18];

it.each(MAJORS)(
  'every figure can be asked of PostgreSQL %i, in one message, by each kind of role',
  async (major) => {
    const server = await startPostgres({
      major,
      settings: { shared_preload_libraries: "'pg_stat_statements'" },
    });
    try {
      await server.run(`CREATE EXTENSION pg_stat_statements; CREATE TABLE t (id serial PRIMARY KEY, parent int REFERENCES t);
      CREATE ROLE monitor LOGIN PASSWORD 'monitor' IN ROLE pg_monitor; CREATE ROLE nobody_much LOGIN PASSWORD 'nobody_much'`);
      const as = (role: string) => server.url().replace(`postgres:${server.password}`, `${role}:${role}`);
      const unknownTo = async (url: string) => {
        const report = await examine(url, { apiSchemas: ['public'] });
        // Whatever is refused is rolled back, and then asked one by one.
        expect(report.counters?.rollbacks).toBe(0);
        return report.findings
          .filter(({ severity }) => severity === 'unknown')
          .map(({ check, statements }) => [check, ...(statements ?? [])]);
      };
      const checksums = major >= 18 ? [] : [['checksum-failures']];
      expect(await unknownTo(server.url())).toEqual(checksums);
      const sequences = (role: string) => [
        'sequences',
        `GRANT USAGE ON SCHEMA public TO ${role}; GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO ${role};`,
      ];
      expect(await unknownTo(as('monitor'))).toEqual([...checksums, sequences('monitor')]);
      const grant = 'GRANT pg_monitor TO nobody_much;';
      expect(await unknownTo(as('nobody_much'))).toEqual([
        ['longest-query', grant],
        ['idle-in-transaction', grant],
        ['lock-waits', grant],
        ['slow-queries', grant],
        ...checksums,
        sequences('nobody_much'),
        ['row-security-cost', grant],
      ]);
      // What the findings say to grant is what is missing.
      await server.run(`${grant} ${sequences('nobody_much')[1]}`);
      expect(await unknownTo(as('nobody_much'))).toEqual(checksums);
    } finally {
      await server.stop();
    }
  },
);
