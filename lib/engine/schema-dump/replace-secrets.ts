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
   * The exact text that replaces the secret in the script: `<set the password of user mapping for app on
   * server billing>`. It is percent-encoded in a URI, and quotes in the object's name are doubled for SQL.
   */
  readonly placeholder: string;
}

export interface WithoutSecrets {
  readonly script: Buffer;
  readonly placeholders: readonly Placeholder[];
}

const MAY_HOLD_SECRETS =
  /^(?:CREATE|ALTER)\s+(?:USER\s+MAPPING|SERVER|FOREIGN\s+(?:DATA\s+WRAPPER|TABLE)|SUBSCRIPTION)\b/i;

/** A replacement at offsets of the statement. The text has one character per byte, like the script. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/**
 * Replaces secrets such as passwords and keys in a schema script with placeholders: in the options of user
 * mappings, servers, foreign data wrappers and foreign tables, and in the connection strings of
 * subscriptions. Everything else stays unchanged, byte for byte, including passwords that somebody wrote into
 * a function, a view or a comment.
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

/**
 * `OPTIONS ( [ADD | SET] name 'value', … )` anywhere: the columns of a foreign table have their own options.
 */
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

/** Edits of the string after CONNECTION. */
function connectionEdits(
  tokens: readonly Token[],
  target: StatementTarget,
  placeholders: Placeholder[],
): Edit[] {
  // A subscription may itself be named connection.
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
  // Libpq would not accept a string that it cannot read, but the string may still hold a secret.
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

/** Decodes text with one character per byte. */
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
