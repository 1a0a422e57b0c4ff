/**
 * Writes lib/engine/schema-dump/foreseen-queries.json: `node test/support/record-foreseen.ts`. Run it when
 * pg_dump gets a newer version, or Lifeboat knows a newer server. Servers of 19 and later look like 18 to
 * pg_dump 18.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { recordForeseen } from './foreseen-queries.ts';
import { type ServerMajor, startPostgres } from './postgres-server.ts';

const MAJORS: readonly ServerMajor[] = [13, 14, 15, 16, 17, 18];
const FILE = fileURLToPath(new URL('../../lib/engine/schema-dump/foreseen-queries.json', import.meta.url));

const queries: string[] = [];
const byMajor: Record<string, number[]> = {};
for (const major of MAJORS) {
  const server = await startPostgres({ major });
  try {
    byMajor[major] = (await recordForeseen(server)).map((query) => {
      if (!queries.includes(query)) queries.push(query);
      return queries.indexOf(query);
    });
  } finally {
    await server.stop();
  }
}
writeFileSync(FILE, `${JSON.stringify({ byMajor, queries }, null, 2)}\n`);
