import { afterEach, expect, it } from 'vitest';
import { systemIdentifierOf } from '../../support/initialized-directory.ts';
import {
  npmBinaries,
  type PostgresServer,
  type ServerMajor,
  startPostgres,
} from '../../support/postgres-server.ts';

const servers: PostgresServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

const majors = ([13, 14, 15, 16, 17, 18] as ServerMajor[]).filter((major) => npmBinaries(major));

it.each(majors)(
  'servers of PostgreSQL %i begin as one copy, and are told apart all the same',
  async (major) => {
    servers.push(...(await Promise.all([startPostgres({ major }), startPostgres({ major })])));
    const identifiers = await Promise.all(
      servers.map(async (server) => {
        const client = await server.connect();
        const { rows } = await client.query('SELECT system_identifier::text AS id FROM pg_control_system()');
        return String(rows[0]?.id);
      }),
    );
    expect(new Set(identifiers).size).toBe(servers.length);
    expect(identifiers).toEqual(
      servers.map(({ dataDirectory }) => String(systemIdentifierOf(dataDirectory))),
    );
  },
);
