import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { ServerMajor } from '../support/postgres-server.ts';

const major = z.union([z.literal(14), z.literal(15), z.literal(17), z.literal(18)]);

/** needs.json: what a scenario asks of a server, and what is expected of its drill. Every field is optional. */
const needsSchema = z.strictObject({
  /** The first major that has the feature. */
  sinceMajor: major.optional(),
  /** Clauses of CREATE DATABASE instead of the locale's own: `ENCODING 'LATIN1' LOCALE 'C'`. Then it runs in no other. */
  database: z.string().optional(),
  /** Why it cannot share a database with the other scenarios. */
  alone: z.string().optional(),
  /** Why pg_dump and pg_restore cannot be compared with here. */
  notNative: z.string().optional(),
  /** Options of restore.sh that it needs besides. */
  scriptOptions: z.array(z.string()).optional(),
  /** Regular expressions: what may be told of a restore into a server, or differ after it. */
  mayDiffer: z.array(z.string()).optional(),
  /** Regular expressions over `kind name: reason`: what the embedded target may skip, each of which must happen. */
  skips: z.array(z.string()).optional(),
  /** Those that happen only where the source sorts otherwise than the embedded target; they need not. */
  skipsByOrder: z.array(z.string()).optional(),
  /** A difference that is known and not mended yet: the scenario must fail, and the table says so. */
  knownFault: z
    .strictObject({ on: z.enum(['server', 'drill']), majors: z.array(major).optional(), what: z.string() })
    .optional(),
});

export interface Scenario {
  readonly name: string;
  /** The first sentence of its note. */
  readonly title: string;
  /** Cluster-wide: run once a server, however many databases get the rest. */
  readonly roles: string;
  /** Schema and rows, each sent as one script. */
  readonly scripts: readonly string[];
  readonly needs: z.infer<typeof needsSchema>;
}

const FOLDER = fileURLToPath(new URL('../scenarios', import.meta.url));

/** Extensions that scenarios bring along, with their control files; found by servers of 18 and later. */
export const EXTENSION_FOLDERS = readdirSync(FOLDER)
  .map((name) => join(FOLDER, name, 'extension'))
  .filter((folder) => existsSync(folder));

/** All of them, or those that LIFEBOAT_SCENARIOS names, with commas between them. */
export function scenarios(): Scenario[] {
  const wanted = process.env.LIFEBOAT_SCENARIOS?.split(',');
  return readdirSync(FOLDER, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && (wanted === undefined || wanted.includes(entry.name)))
    .map(({ name }) => readScenario(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function readScenario(name: string): Scenario {
  const read = (file: string) => {
    const path = join(FOLDER, name, file);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  const needs = needsSchema.safeParse(JSON.parse(read('needs.json') || '{}'));
  if (!needs.success) throw new Error(`test/scenarios/${name}/needs.json: ${z.prettifyError(needs.error)}`);
  const title =
    read('note.md')
      .split(/(?<=\.)\s/)[0]
      ?.trim() ?? '';
  const scripts = [read('schema.sql'), read('data.sql')].filter((script) => script !== '');
  if (title === '' || scripts.length === 0)
    throw new Error(`test/scenarios/${name} needs note.md and schema.sql`);
  return { name, title, roles: read('roles.sql'), scripts, needs: needs.data };
}

/** Why it cannot be run on this major; undefined when it can. */
export function reasonToSkip({ needs }: Scenario, serverMajor: ServerMajor): string | undefined {
  const { sinceMajor = 14 } = needs;
  return serverMajor < sinceMajor ? `a feature of PostgreSQL ${sinceMajor}` : undefined;
}
