import { connect } from '../connection/connect.ts';
import type { ConnectionSettings } from '../connection/connection-settings.ts';
import { decodeField, fieldAt, fieldBorders } from '../copy-text/copy-fields.ts';
import { CopyOut } from '../copy-text/copy-out.ts';
import { qualifiedName, quoteIdentifier } from '../ground/sql.ts';
import type { Samples } from '../masking/samples.ts';
import { asTargetFailure } from '../target/server/target-failure.ts';

/** Values of masked columns that are in the target all the same. */
export interface Finding {
  /** `public.notes.body` */
  readonly where: string;
  /** The columns of the source that had these values: `public.users.email`. */
  readonly of: readonly string[];
  /** Rows that hold such a value. */
  readonly rows: number;
  /** Made-up values that are real ones by chance, such as a name: no failure. */
  readonly isChance: boolean;
}

export interface ScanOptions {
  readonly settings: ConnectionSettings;
  readonly samples: Samples;
  /** Columns where made-up values may equal real ones by chance. */
  readonly mayCoincide: ReadonlySet<string>;
  /** Columns that may hold values of masked ones. */
  readonly mayHold: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/** Columns that can hold text: everything but numbers, times, and the like. */
const TEXTS = `
  SELECT n.nspname AS schema, c.relname AS name, pg_catalog.json_agg(a.attname ORDER BY a.attnum) AS columns
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
   WHERE c.relkind IN ('r', 'm') AND a.attnum > 0 AND NOT a.attisdropped AND c.relpersistence <> 't'
     AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT (c.relkind = 'm' AND NOT c.relispopulated)
     AND t.typcategory NOT IN ('B', 'D', 'N', 'T', 'G', 'V')
   GROUP BY 1, 2 ORDER BY 1, 2`;

/** What separates words: an e-mail address, a number of a phone and a token are each one word. */
const BETWEEN_WORDS = /[^\p{L}\p{N}.@+_-]+/u;
const LINE_FEED = 0x0a;

/**
 * Reads every text of the target, and looks for sampled originals of masked columns: as whole values, and as words within
 * values. The samples never leave this process: no query has them.
 */
export async function scanTarget({
  settings,
  samples,
  mayCoincide,
  mayHold,
  signal,
}: ScanOptions): Promise<Finding[]> {
  const originals = samples.byValue();
  if (originals.size === 0) return [];
  const findings: Finding[] = [];
  let session: Awaited<ReturnType<typeof connect>> | undefined;
  try {
    session = await connect(settings, { signal });
    const { rows } = await session.client.query<{ schema: string; name: string; columns: string[] }>(TEXTS);
    for (const { schema, name, columns } of rows) {
      signal.throwIfAborted();
      const list = columns.map((column) => `${quoteIdentifier(column)}::pg_catalog.text`).join(', ');
      const copy = new CopyOut(
        session.client,
        `COPY (SELECT ${list} FROM ONLY ${qualifiedName(schema, name)}) TO STDOUT WITH (FORMAT text, ENCODING 'UTF8')`,
        signal,
      );
      const found = await countIn(copy, columns.length, originals);
      for (const [at, { rows: count, of }] of found) {
        const where = `${schema}.${name}.${columns[at]}`;
        if (mayHold.has(where)) continue;
        findings.push({ where, of: [...of].toSorted(), rows: count, isChance: mayCoincide.has(where) });
      }
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : asTargetFailure(error);
  } finally {
    await session?.end().catch(() => {});
  }
  return findings;
}

interface Found {
  rows: number;
  readonly of: Set<string>;
}

async function countIn(
  pieces: AsyncIterable<Buffer>,
  fields: number,
  originals: ReadonlyMap<string, ReadonlySet<string>>,
): Promise<Map<number, Found>> {
  const found = new Map<number, Found>();
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    const text = Buffer.concat([rest, piece]);
    let from = 0;
    for (let end = text.indexOf(LINE_FEED); end !== -1; end = text.indexOf(LINE_FEED, from)) {
      const line = text.subarray(from, end);
      const borders = fieldBorders(line, fields);
      for (let at = 0; at < fields; at += 1) {
        const of = originalsIn(fieldAt(line, borders, at), originals);
        if (of.size === 0) continue;
        const before = found.get(at) ?? { rows: 0, of: new Set<string>() };
        before.rows += 1;
        for (const column of of) before.of.add(column);
        found.set(at, before);
      }
      from = end + 1;
    }
    rest = Buffer.from(text.subarray(from));
  }
  return found;
}

const NONE: ReadonlySet<string> = new Set();

function originalsIn(
  field: Buffer,
  originals: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlySet<string> {
  const value = decodeField(field.toString('utf8'));
  if (value === null || value.length < 8) return NONE;
  const whole = originals.get(value);
  if (whole) return whole;
  const of = new Set<string>();
  for (const word of value.split(BETWEEN_WORDS)) {
    if (word.length < 8) continue;
    for (const column of originals.get(word) ?? originals.get(word.replace(/[.]+$/, '')) ?? NONE)
      of.add(column);
  }
  return of;
}
