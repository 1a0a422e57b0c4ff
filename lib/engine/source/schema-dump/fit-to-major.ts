import { quoteIdentifier, quoteLiteral } from '../../sql.ts';
import { decodeName } from '../../sql-script/names.ts';
import { type StatementTarget, statementTarget } from '../../sql-script/statement-target.ts';
import { splitStatements } from '../../sql-script/statements.ts';
import { significantTokens, type Token, wordOf } from '../../sql-script/tokens.ts';

/**
 * Options of CREATE SUBSCRIPTION, and the major that first knows them. pg_dump 18 writes some of them for older sources
 * too, because their default changed since (pg_dump.c, dumpSubscription): `run_as_owner` for all before 16.
 */
const SUBSCRIPTION_OPTIONS: Readonly<Record<string, number>> = {
  binary: 14,
  streaming: 14,
  two_phase: 15,
  disable_on_error: 15,
  origin: 16,
  password_required: 16,
  run_as_owner: 16,
  failover: 17,
};

/** The first major whose sequences can be unlogged; from then on the word LOGGED means something (pg_dump.c, dumpSequence). */
const LOGGED_SEQUENCES = 15;

const MAY_BE_NEWER = /^(?:CREATE\s+SUBSCRIPTION|ALTER\s+TABLE)\b/i;

/** Offsets in the statement. */
interface Cut {
  readonly start: number;
  readonly end: number;
}

/** What to leave out of a statement, and what to do behind it where the server knows more. */
interface Fitting {
  readonly cuts: readonly Cut[];
  readonly afterwards: readonly string[];
}

/**
 * Makes a script of pg_dump 18 one that the source's own major version takes: what that version has no word for goes
 * into a statement of its own behind, which a newer server runs and an older one passes over. So nothing is lost either
 * way. Everything else stays as it is, byte for byte.
 */
export function fitToMajor(script: Buffer, major: number): Buffer {
  const text = script.toString('latin1');
  const pieces: string[] = [];
  let kept = 0;
  for (const statement of splitStatements(text)) {
    if (!MAY_BE_NEWER.test(statement.text)) continue;
    const { cuts, afterwards } = fittingOf(statement.text, major);
    for (const cut of cuts) {
      pieces.push(text.slice(kept, statement.start + cut.start));
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

function fittingOf(statement: string, major: number): Fitting {
  const target = statementTarget(statement);
  if (target.verb === 'CREATE' && target.objectType === 'SUBSCRIPTION') {
    return subscriptionFitting(statement, target, major);
  }
  if (target.action === 'ALTER COLUMN ADD GENERATED' && major < LOGGED_SEQUENCES) {
    return identityFitting(significantTokens(statement));
  }
  return { cuts: [], afterwards: [] };
}

/** `WITH (connect = false, slot_name = 's', run_as_owner = true)`: the first option, connect, is known to all. */
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
  if (logged === undefined || before === undefined || named === -1) return { cuts: [], afterwards: [] };
  const sequence = tokens
    .slice(named + 1, at)
    .map(({ kind, text }) => (text === '.' ? '.' : quoteIdentifier(decodeName(kind, text))))
    .join('');
  return {
    cuts: [{ start: before.end, end: logged.end }],
    afterwards: [onServersSince(LOGGED_SEQUENCES, `ALTER SEQUENCE ${sequence} SET LOGGED`)],
  };
}

function onServersSince(major: number, statement: string, condition?: string): string {
  const number = `pg_catalog.current_setting('server_version_num')::pg_catalog.int4 >= ${major * 10_000}`;
  const body = `BEGIN IF ${number}${condition === undefined ? '' : ` AND ${condition}`} THEN EXECUTE ${quoteLiteral(statement)}; END IF; END`;
  let tag = '$fit$';
  while (body.includes(tag)) tag = `${tag.slice(0, -1)}_$`;
  return `DO ${tag} ${body} ${tag};`;
}
