import { describe, expect, it } from 'vitest';
import type { QueryRows } from '../../../../../lib/engine/connection/query-rows.ts';
import { LifeboatError } from '../../../../../lib/engine/ground/errors.ts';
import { writeEmptyLists } from '../../../../../lib/engine/schema-dump/empty-lists.ts';
import {
  type AddedClause,
  completeEntry,
} from '../../../../../lib/engine/schema-dump/newer-server/complete-entry.ts';
import { KNOWN_CATALOGS } from '../../../../../lib/engine/schema-dump/newer-server/known-catalogs.ts';
import {
  versionForPgDump,
  withReportedVersion,
} from '../../../../../lib/engine/schema-dump/newer-server/reported-version.ts';
import {
  describeUnknownColumns,
  refuseUnknownObjects,
} from '../../../../../lib/engine/schema-dump/newer-server/unknown-additions.ts';

describe('an entry of a newer server', () => {
  const header = '--\n-- Name: x; Type: Y; Schema: -; Owner: postgres\n--\n\n';

  it.each<[AddedClause['part'], string, string, string]>([
    [
      'publication objects',
      'ALL TABLES EXCEPT (TABLE ONLY s.a), ALL SEQUENCES',
      `CREATE PUBLICATION "p WITH" FOR ALL TABLES WITH (publish = 'insert');`,
      `CREATE PUBLICATION "p WITH" FOR ALL TABLES EXCEPT (TABLE ONLY s.a), ALL SEQUENCES WITH (publish = 'insert');`,
    ],
    [
      'publication objects',
      'ALL SEQUENCES',
      `CREATE PUBLICATION p WITH (publish = 'insert');`,
      `CREATE PUBLICATION p FOR ALL SEQUENCES WITH (publish = 'insert');`,
    ],
    [
      'subscription server',
      'srv',
      `CREATE SUBSCRIPTION connection CONNECTION '' PUBLICATION p WITH (connect = false);`,
      `CREATE SUBSCRIPTION connection SERVER srv PUBLICATION p WITH (connect = false);`,
    ],
    [
      'subscription options',
      'retain_dead_tuples = true',
      `CREATE SUBSCRIPTION s CONNECTION ')' PUBLICATION p WITH (connect = false, slot_name = 's');`,
      `CREATE SUBSCRIPTION s CONNECTION ')' PUBLICATION p WITH (connect = false, slot_name = 's', retain_dead_tuples = true);`,
    ],
    [
      'aggregate support',
      's.f',
      'CREATE AGGREGATE s.a(integer) (\n    SFUNC = int4pl,\n    STYPE = integer\n);',
      'CREATE AGGREGATE s.a(integer) (\n    SFUNC = int4pl,\n    STYPE = integer,\n    SUPPORT = s.f\n);',
    ],
    [
      'wrapper connection',
      's.f',
      'CREATE FOREIGN DATA WRAPPER options HANDLER s.h;',
      'CREATE FOREIGN DATA WRAPPER options HANDLER s.h CONNECTION s.f;',
    ],
    [
      'wrapper connection',
      's.f',
      `CREATE FOREIGN DATA WRAPPER options OPTIONS (\n    debug 'true'\n);`,
      `CREATE FOREIGN DATA WRAPPER options CONNECTION s.f OPTIONS (\n    debug 'true'\n);`,
    ],
  ])('gets its %s (%s)', (part, text, statement, completed) => {
    const owner = '\n\n\nALTER X OWNER TO postgres;\n';
    expect(completeEntry(`${header}${statement}${owner}`, [{ part, text }])).toBe(
      `${header}${completed}${owner}`,
    );
  });

  it('is refused where it is not as it is known', () => {
    const clauses = [{ part: 'publication objects', text: 'ALL SEQUENCES' } as const];
    expect(() => completeEntry(`${header}CREATE PUBLICATION p;`, clauses)).toThrow(
      /could not be added to the statement/,
    );
  });
});

describe('the version that pg_dump is told', () => {
  it.each(['19rc1 (Debian 19~rc1-1)', '19.1'])('is its own where the server is %s', (version) => {
    expect(versionForPgDump(version).get('server_version')).toBe('18.0');
    expect(
      withReportedVersion(
        '-- Dumped from database version 18.0\n-- Dumped by pg_dump version 18.3\n\n',
        version,
      ),
    ).toBe(`-- Dumped from database version ${version}\n-- Dumped by pg_dump version 18.3\n\n`);
  });

  it.each(['18.6', '15.20 (Debian 15.20-0+deb12u1)', undefined])('is the true one of %s', (version) => {
    expect(versionForPgDump(version).size).toBe(0);
    expect(withReportedVersion('-- Dumped from database version 18.6\n', version)).toBe(
      '-- Dumped from database version 18.6\n',
    );
  });
});

describe('a setting that is an empty list', () => {
  const body = (setting: string) =>
    `CREATE FUNCTION s."to"() RETURNS integer\n    LANGUAGE sql\n    SET ${setting}\n    SET work_mem TO '1MB'\n    AS $$\n    SET search_path TO \n    $$;\n`;

  it.each([
    [19, 'search_path TO NULL'],
    [18, `search_path TO ''`],
  ])('is written for %d', (major, written) => {
    expect(writeEmptyLists(body('search_path TO '), major)).toBe(body(written));
  });

  it('leaves every other one alone', () => {
    expect(writeEmptyLists(body(`search_path TO 'a', 'b'`), 19)).toBe(body(`search_path TO 'a', 'b'`));
  });
});

describe('what a server newer than pg_dump holds', () => {
  const known = Object.entries(KNOWN_CATALOGS).map(([catalog, columns]) => ({ catalog, columns }));
  /** Catalogs of a server that does not exist yet. */
  const server =
    (catalogs: ReadonlyArray<{ catalog: string; columns: string }>, found = false): QueryRows =>
    async (sql) => {
      if (sql.includes('string_agg')) return catalogs;
      return sql.includes('EXISTS') ? [{ found: String(found) }] : [];
    };

  it('is not asked for where pg_dump knows the server', async () => {
    const asked: QueryRows = () => Promise.reject(new Error('asked'));
    expect(await refuseUnknownObjects(asked, 18)).toEqual([]);
  });

  it('is no matter where every catalog is known', async () => {
    expect(await refuseUnknownObjects(server(known), 19)).toEqual([]);
    expect(describeUnknownColumns([])).toBeUndefined();
  });

  it('is told where a catalog has a column more', async () => {
    const more = known.map((one) =>
      one.catalog === 'pg_class' ? { ...one, columns: `${one.columns} relnew` } : one,
    );
    const columns = await refuseUnknownObjects(server(more), 19);
    expect(columns).toEqual(['pg_class.relnew']);
    expect(describeUnknownColumns(columns)).toContain('pg_class.relnew');
  });

  it('is refused where a catalog that nobody knows has rows of the user’s', async () => {
    const more = [...known, { catalog: 'pg_graph_element', columns: 'oid gename' }];
    expect(await refuseUnknownObjects(server(more), 19)).toEqual(['pg_graph_element']);
    const refused = await refuseUnknownObjects(server(more, true), 19).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(LifeboatError);
    expect(refused).toMatchObject({ code: 'source-object-unknown' });
    expect(String((refused as LifeboatError).what)).toContain('pg_graph_element');
  });
});
