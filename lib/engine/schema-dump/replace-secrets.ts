import { isSecretOption, isSecretParameter, type OptionOwner } from '../catalog/secret-names.ts';
import { quoteLiteral } from '../ground/sql.ts';
import { decodeName, decodeString } from '../sql-script/names.ts';
import { type StatementTarget, statementTarget } from '../sql-script/statement-target.ts';
import { splitStatements } from '../sql-script/statements.ts';
import { significantTokens, type Token, wordOf } from '../sql-script/tokens.ts';
import { type ConninfoForm, conninfoForm, escapeConninfoValue, readConninfo } from './conninfo.ts';

export interface Placeholder {
  /** `user mapping for app on server billing: password` */
  readonly name: string;
  /**
   * What stands in the script in its place, letter by letter: `<set the password of user mapping for app on server
   * billing>`; percent-encoded where it stands in a URI, quotes of the object's name doubled as SQL wants them.
   */
  readonly placeholder: string;
}

export interface WithoutSecrets {
  readonly script: Buffer;
  readonly placeholders: readonly Placeholder[];
}

const MAY_HOLD_SECRETS =
  /^(?:CREATE|ALTER)\s+(?:USER\s+MAPPING|SERVER|FOREIGN\s+(?:DATA\s+WRAPPER|TABLE)|SUBSCRIPTION)\b/i;

/** Offsets in the statement; the text with one character a byte, as the script. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Puts placeholders where a schema script holds passwords, keys and the like: in the options of user mappings, servers,
 * foreign data wrappers and foreign tables, and in the connection strings of subscriptions. Everything else stays as it
 * is, byte for byte; passwords that somebody wrote into a function, a view or a comment, too.
 */
export function replaceSecrets(script: Buffer): WithoutSecrets {
  const text = script.toString('latin1');
  const placeholders: Placeholder[] = [];
  const pieces: string[] = [];
  let kept = 0;
  for (const { start, text: statement } of splitStatements(text)) {
    if (!MAY_HOLD_SECRETS.test(statement)) continue;
    for (const edit of editsOf(statement, placeholders)) {
      pieces.push(text.slice(kept, start + edit.start), edit.text);
      kept = start + edit.end;
    }
  }
  if (kept === 0) return { script, placeholders };
  return { script: Buffer.from(pieces.join('') + text.slice(kept), 'latin1'), placeholders };
}

function editsOf(statement: string, placeholders: Placeholder[]): Edit[] {
  const target = statementTarget(statement);
  const tokens = significantTokens(statement);
  if (target.objectType === 'SUBSCRIPTION') return connectionEdits(tokens, target, placeholders);
  const owner = optionOwner(target);
  if (owner === undefined) return [];
  return optionsIn(tokens).flatMap(({ name, value }) => {
    if (!isSecretOption(owner, name, decodeString(value.text))) return [];
    const placeholder = placeholderText(target, name);
    placeholders.push(record(target, name, placeholder));
    return [{ start: value.start, end: value.end, text: asBytes(quoteLiteral(placeholder)) }];
  });
}

/** `OPTIONS ( [ADD | SET] name 'value', … )`, wherever it stands: a foreign table's columns have options of their own. */
function optionsIn(tokens: readonly Token[]): Array<{ name: string; value: Token }> {
  const options: Array<{ name: string; value: Token }> = [];
  let listDepth: number | undefined;
  for (const [index, token] of tokens.entries()) {
    if (listDepth === undefined) {
      const opens = token.text === '(' && wordOf(tokens[index - 1]) === 'OPTIONS';
      if (opens) listDepth = token.depth;
    } else if (token.text === ')' && token.depth === listDepth) {
      listDepth = undefined;
    } else if (token.kind === 'string') {
      const name = tokens[index - 1];
      if (name) options.push({ name: decodeName(name.kind, name.text), value: token });
    }
  }
  return options;
}

/** The string behind CONNECTION. */
function connectionEdits(
  tokens: readonly Token[],
  target: StatementTarget,
  placeholders: Placeholder[],
): Edit[] {
  // A subscription may be called connection, too.
  const connection = tokens.find(
    ({ kind }, index) => kind === 'string' && wordOf(tokens[index - 1]) === 'CONNECTION',
  );
  if (!connection) return [];
  const conninfo = decodeString(connection.text);
  const replaced = withoutPasswords(conninfo, (parameter, form) => {
    const placeholder = escapeConninfoValue(placeholderText(target, parameter), form);
    placeholders.push(record(target, parameter, placeholder));
    return asBytes(form === 'uri' ? placeholder : `'${placeholder}'`);
  });
  if (replaced === conninfo) return [];
  return [{ start: connection.start, end: connection.end, text: quoteLiteral(replaced) }];
}

function withoutPasswords(
  conninfo: string,
  replacementFor: (parameter: string, form: ConninfoForm) => string,
): string {
  const values = readConninfo(conninfo);
  // What libpq could not read, it would not have accepted; but nobody knows what is in it.
  if (values === undefined) return `password=${replacementFor('connection string', 'parameters')}`;
  const pieces: string[] = [];
  let kept = 0;
  for (const { name, start, end } of values) {
    if (!isSecretParameter(name)) continue;
    pieces.push(conninfo.slice(kept, start), replacementFor(name, conninfoForm(conninfo)));
    kept = end;
  }
  return pieces.join('') + conninfo.slice(kept);
}

function placeholderText(target: StatementTarget, option: string): string {
  return `<set the ${oneLine(readable(option))} of ${describe(target)}>`;
}

function record(target: StatementTarget, option: string, placeholder: string): Placeholder {
  return {
    name: `${describe(target)}: ${oneLine(readable(option))}`,
    placeholder: quoteLiteral(placeholder).slice(1, -1),
  };
}

function describe({ objectType, schema, name, roles, server }: StatementTarget): string {
  const label =
    objectType === 'USER MAPPING'
      ? `for ${roles[0]} on server ${server}`
      : `${schema === undefined ? '' : `${schema}.`}${name}`;
  return oneLine(`${objectType?.toLowerCase()} ${readable(label)}`);
}

function optionOwner({ objectType }: StatementTarget): OptionOwner | undefined {
  switch (objectType) {
    case 'USER MAPPING':
    case 'SERVER':
    case 'FOREIGN DATA WRAPPER':
    case 'FOREIGN TABLE':
      return objectType;
    default:
      return undefined;
  }
}

/** From one character a byte to what the bytes mean. */
function readable(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

/** The reverse of {@link readable}. */
function asBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
