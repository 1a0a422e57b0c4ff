import { quoteLiteral } from '../ground/sql.ts';
import { splitStatements } from '../sql-script/statements.ts';
import { isKnownOption } from './known-options.ts';
import { optionList, withOptions } from './option-lists.ts';
import { KNOWN_SERVER_OPTIONS, type ServerOptions } from './server-options.ts';

/**
 * What stands for each column of a server that keeps one. The semicolon ends the statement, so what is before it is neither a
 * string nor a name; read like this a hundred thousand columns take a fifth of the time.
 */
const ONE_COLUMN_OPTION = /^ALTER (?:FOREIGN )?TABLE ONLY .* SET \((\w+)=[\w.-]+\);$/;

/**
 * Takes the options that a server keeps by itself out of a schema script of pg_dump's, together with statements that set
 * nothing else. What a user set in the same list stays, and so does every other byte.
 */
export function leaveOutServerOptions(script: Buffer, options: ServerOptions = KNOWN_SERVER_OPTIONS): Buffer {
  const names = [...options.column, ...options.relation];
  if (!names.some((name) => script.includes(name))) return script;
  return editStatements(script, (statement) => {
    const alone = ONE_COLUMN_OPTION.exec(statement)?.[1];
    if (alone !== undefined && options.column.has(alone)) return undefined;
    if (!names.some((name) => statement.includes(name))) return statement;
    const list = optionList(statement);
    if (list === undefined) return statement;
    const kept = list.options.filter(({ name }) => !options[list.holder].has(name));
    return withOptions(statement, list, kept);
  });
}

/**
 * Gives options of columns that no PostgreSQL known here has a statement each, which a server that does not know them
 * passes over: so they take nothing with them, neither the user's own option beside them nor a whole restore.
 */
export function guardUnknownOptions(script: Buffer): Buffer {
  return editStatements(script, (statement) => {
    if (!/^ALTER\s[\s\S]*\bSET \([^)]*\);$/.test(statement)) return statement;
    const list = optionList(statement);
    if (list?.holder !== 'column') return statement;
    const unknown = list.options.filter(({ name }) => !isKnownOption('column', name));
    if (unknown.length === 0) return statement;
    const known = list.options.filter((option) => !unknown.includes(option));
    return [
      known.length === 0 ? '' : withOptions(statement, list, known),
      ...unknown.map((option) => passedOver(withOptions(statement, list, [option]) ?? '')),
    ]
      .filter((one) => one !== '')
      .join('\n');
  });
}

/** It may be refused for any reason: what it does is about speed at most. */
function passedOver(statement: string): string {
  const body = `BEGIN EXECUTE ${quoteLiteral(statement)}; EXCEPTION WHEN OTHERS THEN RAISE WARNING '%', SQLERRM; END`;
  let tag = '$option$';
  while (body.includes(tag)) tag = `${tag.slice(0, -1)}_$`;
  return `DO ${tag} ${body} ${tag};`;
}

/** Each statement becomes what `edit` makes of it; of one that becomes undefined its line goes, too. */
function editStatements(script: Buffer, edit: (statement: string) => string | undefined): Buffer {
  const text = script.toString('latin1');
  const pieces: string[] = [];
  let kept = 0;
  for (const statement of splitStatements(text)) {
    const edited = edit(statement.text);
    if (edited === statement.text) continue;
    const goes = edited === undefined && text[statement.end] === '\n';
    pieces.push(text.slice(kept, statement.start), edited ?? '');
    kept = statement.end + (goes ? 1 : 0);
  }
  if (pieces.length === 0) return script;
  return Buffer.from(pieces.join('') + text.slice(kept), 'latin1');
}
