import { type StatementTarget, statementTarget } from './statement-target.ts';
import type { Statement } from './statements.ts';

/**
 * The comment that pg_dump writes above an entry. All fields except the type are labels for people: pg_dump
 * replaces their line breaks by spaces, and a name may contain anything, even `; Type: INDEX; Schema: x;
 * Owner: y`.
 */
export interface TocHeader {
  /** pg_dump's word for the entry: `TABLE`, `FK CONSTRAINT`, `ACL`, … */
  readonly type: string;
  readonly name: string;
  readonly schema: string | undefined;
  readonly owner: string | undefined;
}

const NAME_LINE = /^-- (?:Data for |Statistics for )?Name: /;
const OWNER = '; Owner: ';
const TYPE_AND_SCHEMA = /; Type: ([A-Z][A-Z ]*); Schema: /g;

/**
 * The possible readings of a header line; undefined if it is not a header. There are several if a name
 * imitates a header.
 */
export function readHeaderLine(line: string): TocHeader[] | undefined {
  const prefix = NAME_LINE.exec(line);
  if (!prefix) return undefined;
  const readings: TocHeader[] = [];
  TYPE_AND_SCHEMA.lastIndex = 0;
  for (let match = TYPE_AND_SCHEMA.exec(line); match; match = TYPE_AND_SCHEMA.exec(line)) {
    const schemaAt = match.index + match[0].length;
    const ownerAt = line.indexOf(OWNER, schemaAt);
    if (ownerAt < 0) continue;
    readings.push({
      type: match[1] ?? '',
      name: line.slice(prefix[0].length, match.index),
      schema: unlessHyphen(line.slice(schemaAt, ownerAt)),
      owner: unlessHyphen(withoutTablespace(line.slice(ownerAt + OWNER.length))),
    });
  }
  return readings.length > 0 ? readings : undefined;
}

/** Chooses the reading that the entry's statement confirms: a name cannot imitate what a statement does. */
export function chooseReading(readings: readonly TocHeader[], statements: readonly Statement[]): TocHeader {
  const [first, ...others] = readings;
  if (first === undefined) throw new RangeError('a header has at least one reading');
  if (others.length === 0) return first;
  const text = statements.find(({ text }) => !text.startsWith('SET '))?.text;
  if (text === undefined) return first;
  const target = statementTarget(text);
  const confirmed = readings.find(({ type }) => confirms(target, type) === true);
  return confirmed ?? readings.find(({ type }) => confirms(target, type) === undefined) ?? first;
}

/** Whether this statement begins an entry of this type; undefined for an unknown type. */
function confirms(
  { verb, objectType, action, replaces }: StatementTarget,
  type: string,
): boolean | undefined {
  switch (type) {
    case 'ACL':
      return verb === 'GRANT' || verb === 'REVOKE';
    case 'DEFAULT ACL':
      return verb === 'ALTER' && objectType === 'DEFAULT PRIVILEGES';
    case 'COMMENT':
    case 'SECURITY LABEL':
      return verb === type;
    case 'MATERIALIZED VIEW DATA':
      return verb === 'REFRESH';
    case 'PROCEDURAL LANGUAGE':
      return verb === 'CREATE' && objectType === 'LANGUAGE';
    case 'SHELL TYPE':
      return verb === 'CREATE' && objectType === 'TYPE';
    case 'SEQUENCE':
      return (verb === 'CREATE' && objectType === type) || action === 'ALTER COLUMN ADD GENERATED';
    case 'SEQUENCE OWNED BY':
      return action === 'OWNED BY';
    case 'DEFAULT':
      return action === 'ALTER COLUMN SET DEFAULT';
    case 'TABLE ATTACH':
      return action === 'ATTACH PARTITION' && objectType !== 'INDEX';
    case 'INDEX ATTACH':
      return action === 'ATTACH PARTITION' && objectType === 'INDEX';
    case 'CONSTRAINT':
    case 'FK CONSTRAINT':
    case 'CHECK CONSTRAINT':
      return action === 'ADD CONSTRAINT';
    case 'ROW SECURITY':
      return action === 'ENABLE ROW LEVEL SECURITY';
    case 'PUBLICATION TABLE':
      return action === 'ADD TABLE ONLY' || action === 'ADD TABLE';
    case 'PUBLICATION TABLES IN SCHEMA':
      return action === 'ADD TABLES IN SCHEMA';
    case 'RULE':
      // If a view's query needs an object that comes after views (a primary key), pg_dump adds the query
      // late, as a replacement.
      return verb === 'CREATE' && (objectType === 'RULE' || (objectType === 'VIEW' && replaces === true));
    case 'VIEW':
      return verb === 'CREATE' && objectType === 'VIEW' && replaces === undefined;
    default:
      return OWN_CREATE_STATEMENT.has(type) ? verb === 'CREATE' && objectType === type : undefined;
  }
}

/** Types whose entry is `CREATE <type> …`. */
const OWN_CREATE_STATEMENT: ReadonlySet<string> = new Set([
  'ACCESS METHOD',
  'AGGREGATE',
  'CAST',
  'COLLATION',
  'CONVERSION',
  'DOMAIN',
  'EVENT TRIGGER',
  'EXTENSION',
  'FOREIGN DATA WRAPPER',
  'FOREIGN TABLE',
  'FUNCTION',
  'INDEX',
  'MATERIALIZED VIEW',
  'OPERATOR',
  'OPERATOR CLASS',
  'OPERATOR FAMILY',
  'POLICY',
  'PROCEDURE',
  'PUBLICATION',
  'SCHEMA',
  'SERVER',
  'STATISTICS',
  'SUBSCRIPTION',
  'TABLE',
  'TEXT SEARCH CONFIGURATION',
  'TEXT SEARCH DICTIONARY',
  'TEXT SEARCH PARSER',
  'TEXT SEARCH TEMPLATE',
  'TRANSFORM',
  'TRIGGER',
  'TYPE',
  'USER MAPPING',
]);

function withoutTablespace(label: string): string {
  return label.includes('; Tablespace: ') ? label.replace(/; Tablespace: .*$/, '') : label;
}

function unlessHyphen(label: string): string | undefined {
  return label === '-' ? undefined : label;
}
