import { quoteIdentifier, quoteLiteral } from '../../ground/sql.ts';
import { decodeName } from '../names.ts';
import { headOf, type StatementTarget, targetOf } from '../statement-target.ts';
import { type Statement, splitStatements } from '../statements.ts';
import { MAY_HOLD_CONSTRAINT, notNullColumn, tableElements } from '../table-elements.ts';
import { significantTokens, type Token, wordOf } from '../tokens.ts';
import { FIRST_MAJOR, SUBSCRIPTION_OPTIONS } from './constructs.ts';

const LOGGED_SEQUENCES = FIRST_MAJOR['LOGGED of a sequence'];
const NOT_NULL_CONSTRAINTS = FIRST_MAJOR['NOT NULL as a table constraint'];

const MAY_BE_NEWER = /^(?:CREATE\s+SUBSCRIPTION|CREATE\s+(?:UNLOGGED\s+|FOREIGN\s+)?TABLE|ALTER\s+TABLE)\b/i;

const LOGGED = /logged/i;

/** Offsets in the statement. */
interface Cut {
  readonly start: number;
  readonly end: number;
  /** The replacement. @default nothing */
  readonly text?: string;
}

/** The parts to cut out of a statement, and the statements to run after it on a newer server. */
interface Fitting {
  readonly cuts: readonly Cut[];
  readonly afterwards: readonly string[];
}

const UNCHANGED: Fitting = { cuts: [], afterwards: [] };

/**
 * Turns a script of pg_dump 18 into one that the source's own major version accepts. Constructs that this
 * version does not have move into separate statements, which a newer server runs and an older server skips.
 * So nothing is lost on either. Everything else stays the same, byte for byte.
 */
export function fitToMajor(script: Buffer, major: number): Buffer {
  const text = script.toString('latin1');
  const pieces: string[] = [];
  let kept = 0;
  for (const statement of splitStatements(text)) {
    if (!MAY_BE_NEWER.test(statement.text)) continue;
    const { cuts, afterwards } = fittingOf(statement, major);
    for (const cut of cuts) {
      pieces.push(text.slice(kept, statement.start + cut.start), cut.text ?? '');
      kept = statement.start + cut.end;
    }
    if (afterwards.length > 0) {
      pieces.push(text.slice(kept, statement.end), ...afterwards.map((one) => `\n${one}`));
      kept = statement.end;
    }
  }
  if (kept === 0) return script;
  return Buffer.from(pieces.join('') + text.slice(kept), 'latin1');
}

function fittingOf(read: Statement, major: number): Fitting {
  const { text: statement } = read;
  const { verb, objectType } = headOf(read);
  if (verb === 'CREATE' && objectType === 'SUBSCRIPTION') {
    return subscriptionFitting(statement, targetOf(read), major);
  }
  if (verb === 'CREATE' && objectType?.endsWith('TABLE')) {
    if (!MAY_HOLD_CONSTRAINT.test(statement)) return UNCHANGED;
    return major < NOT_NULL_CONSTRAINTS ? notNullFitting(statement, objectType) : nameFitting(statement);
  }
  if (major < LOGGED_SEQUENCES && LOGGED.test(statement) && isIdentity(read)) {
    return identityFitting(significantTokens(statement));
  }
  return UNCHANGED;
}

function isIdentity(statement: Statement): boolean {
  return targetOf(statement).action === 'ALTER COLUMN ADD GENERATED';
}

/**
 * `WITH (connect = false, slot_name = 's', run_as_owner = true)`: every version has the first option,
 * connect.
 */
function subscriptionFitting(statement: string, { name = '' }: StatementTarget, major: number): Fitting {
  const tokens = significantTokens(statement);
  const cuts: Cut[] = [];
  const afterwards: string[] = [];
  for (const [index, comma] of tokens.entries()) {
    const option = tokens[index + 1];
    if (comma.text !== ',' || comma.depth !== 1 || option === undefined) continue;
    const since = SUBSCRIPTION_OPTIONS[option.text.toLowerCase()] ?? 0;
    if (since <= major) continue;
    const next = tokens.slice(index + 1).find(({ text, depth }) => isEndOfOption(text, depth));
    if (next === undefined) continue;
    cuts.push({ start: comma.start, end: next.start });
    const exists = `EXISTS (SELECT FROM pg_catalog.pg_subscription WHERE subname = ${quoteLiteral(name)})`;
    const setting = statement.slice(option.start, next.start).trim();
    afterwards.push(
      onServersSince(since, `ALTER SUBSCRIPTION ${quoteIdentifier(name)} SET (${setting})`, exists),
    );
  }
  return { cuts, afterwards };
}

function isEndOfOption(text: string, depth: number): boolean {
  return (text === ',' && depth === 1) || (text === ')' && depth === 0);
}

/** `ADD GENERATED … AS IDENTITY ( SEQUENCE NAME schema.name LOGGED START … )` */
function identityFitting(tokens: readonly Token[]): Fitting {
  const at = tokens.findIndex(
    (token, index) => token.depth === 1 && wordOf(token) === 'LOGGED' && tokens[index - 1]?.text !== '.',
  );
  const [logged, before] = [tokens[at], tokens[at - 1]];
  const named = tokens.findIndex(
    (token, index) => wordOf(token) === 'NAME' && wordOf(tokens[index - 1]) === 'SEQUENCE',
  );
  if (logged === undefined || before === undefined || named === -1) return UNCHANGED;
  const sequence = tokens
    .slice(named + 1, at)
    .map(({ kind, text }) => (text === '.' ? '.' : quoteIdentifier(decodeName(kind, text))))
    .join('');
  return {
    cuts: [{ start: before.end, end: logged.end }],
    afterwards: [onServersSince(LOGGED_SEQUENCES, `ALTER SEQUENCE ${sequence} SET LOGGED`)],
  };
}

/**
 * `CREATE TABLE kid (NOT NULL note) INHERITS (base)`: a child's own NOT NULL on an inherited column. SET NOT
 * NULL after it does the same on every server. A server of 18 gives it the same name, because the child has
 * no children yet.
 */
function notNullFitting(statement: string, objectType: string): Fitting {
  const tokens = significantTokens(statement);
  const elements = tableElements(tokens);
  const columns = elements.map((element) => notNullColumn(element.tokens));
  if (columns.every((column) => column === undefined)) return UNCHANGED;
  const word = tokens.find((token) => wordOf(token) === 'TABLE');
  const table = statement.slice(word?.end, tokens.find(({ text }) => text === '(')?.start).trim();
  const firstKept = columns.indexOf(undefined);
  return {
    // If an element is cut, the comma after it is cut, too. If the last elements are cut, so is the comma
    // before them.
    cuts: elements.flatMap(({ start, end }, at) => {
      if (columns[at] === undefined) return [];
      const [previous, next] = [elements[at - 1], elements[at + 1]];
      if (firstKept !== -1 && at > firstKept) return [{ start: previous?.end ?? start, end }];
      return [{ start, end: next?.start ?? end }];
    }),
    afterwards: columns.flatMap((column) =>
      column === undefined
        ? []
        : [`ALTER ${objectType} ONLY ${table} ALTER COLUMN ${column.text} SET NOT NULL;`],
    ),
  };
}

/**
 * `CONSTRAINT any name NOT NULL note`: pg_dump 18.3 to 18.6 do not quote the name of a child's own NOT NULL
 * on an inherited column (pg_dump.c, dumpTableSchema), so everything between the key words is the name.
 */
function nameFitting(statement: string): Fitting {
  const cuts = tableElements(significantTokens(statement)).flatMap(({ tokens }): Cut[] => {
    const noInherit = wordOf(tokens.at(-1)) === 'INHERIT' && wordOf(tokens.at(-2)) === 'NO';
    const end = tokens.length - (noInherit ? 5 : 3);
    const [constraint, first, last] = [tokens[0], tokens[1], tokens[end - 1]];
    if (wordOf(constraint) !== 'CONSTRAINT' || end < 2 || first === undefined || last === undefined)
      return [];
    if (wordOf(tokens[end]) !== 'NOT' || wordOf(tokens[end + 1]) !== 'NULL') return [];
    if (tokens[end]?.depth !== 1 || (end === 2 && first.kind === 'quoted-name')) return [];
    const name = statement.slice(first.start, last.end);
    return [{ start: first.start, end: last.end, text: quoteIdentifier(name) }];
  });
  return { cuts, afterwards: [] };
}

function onServersSince(major: number, statement: string, condition?: string): string {
  const number = `pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= ${major * 10_000}`;
  const body = `BEGIN IF ${number}${condition === undefined ? '' : ` AND ${condition}`} THEN EXECUTE ${quoteLiteral(statement)}; END IF; END`;
  let tag = '$fit$';
  while (body.includes(tag)) tag = `${tag.slice(0, -1)}_$`;
  return `DO ${tag} ${body} ${tag};`;
}
