import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import type { ServerMajor } from '../support/postgres-server.ts';

const major = v.picklist([13, 14, 15, 16, 17, 18, 19]);

/** needs.json: what a scenario asks of a server, and what is expected of its drill. Every field is optional. */
const needsSchema = v.strictObject({
  /** The first major that has the feature. */
  sinceMajor: v.optional(major),
  /** Clauses of CREATE DATABASE instead of the locale's own: `ENCODING 'LATIN1' LOCALE 'C'`. Then it runs in no other. */
  database: v.optional(v.string()),
  /** Why it cannot share a database with the other scenarios. */
  alone: v.optional(v.string()),
  /** Why pg_dump and pg_restore cannot be compared with here. */
  notNative: v.optional(v.string()),
  /** Options of restore.sh that it needs besides. */
  scriptOptions: v.optional(v.array(v.string())),
  /** Regular expressions: what may be told of a restore into a server, or differ after it. */
  mayDiffer: v.optional(v.array(v.string())),
  /** Regular expressions over `kind name: reason`: what the embedded target may skip, each of which must happen. */
  skips: v.optional(v.array(v.string())),
  /** Those that happen only where the source sorts otherwise than the embedded target; they need not. */
  skipsByOrder: v.optional(v.array(v.string())),
  /** A difference that is known and not mended yet: the scenario must fail, and the table says so. */
  knownFault: v.optional(
    v.strictObject({
      on: v.picklist(['server', 'drill']),
      majors: v.optional(v.array(major)),
      what: v.string(),
    }),
  ),
});

export interface Scenario {
  readonly name: string;
  /** The first sentence of its note. */
  readonly title: string;
  /** Cluster-wide: run once a server, however many databases get the rest. */
  readonly roles: string;
  /** Schema and rows, each sent as one script. */
  readonly scripts: readonly string[];
  readonly needs: v.InferOutput<typeof needsSchema>;
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
  const needs = v.safeParse(needsSchema, JSON.parse(read('needs.json') || '{}'));
  if (!needs.success) throw new Error(`test/scenarios/${name}/needs.json: ${v.summarize(needs.issues)}`);
  const title =
    read('note.md')
      .split(/(?<=\.)\s/)[0]
      ?.trim() ?? '';
  const scripts = [read('schema.sql'), read('data.sql')].filter((script) => script !== '');
  if (title === '' || scripts.length === 0)
    throw new Error(`test/scenarios/${name} needs note.md and schema.sql`);
  return { name, title, roles: read('roles.sql'), scripts, needs: needs.output };
}

/** Why it cannot be run on this major; undefined when it can. */
export function reasonToSkip({ needs }: Scenario, serverMajor: ServerMajor): string | undefined {
  const { sinceMajor = 13 } = needs;
  return serverMajor < sinceMajor ? `a feature of PostgreSQL ${sinceMajor}` : undefined;
}
