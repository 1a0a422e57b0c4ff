import { quoteLiteral } from '../ground/sql.ts';
import { splitStatements } from '../sql-script/statements.ts';
import { isKnownOption } from './known-options.ts';
import { optionList, withOptions } from './option-lists.ts';
import { KNOWN_SERVER_OPTIONS, type ServerOptions } from './server-options.ts';

/**
 * The statement that pg_dump writes for each column of a server that keeps an option of its own. The line
 * ends with the statement's semicolon, so the match cannot lie in a string or a name. This pattern reads a
 * hundred thousand columns in a fifth of the time.
 */
const ONE_COLUMN_OPTION = /^ALTER (?:FOREIGN )?TABLE ONLY .* SET \((\w+)=[\w.-]+\);$/;

/**
 * Removes the options that a server keeps by itself from a schema script of pg_dump, and the statements that
 * set nothing else. Options of the user in the same list stay, and so does every other byte.
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
 * Gives each unknown option of a column a statement of its own, which a server without that option skips. So
 * an unknown option cannot make the user's own option beside it fail, nor a whole restore.
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

/** The statement in a block that tolerates any error: the option affects at most speed. */
function passedOver(statement: string): string {
  const body = `BEGIN EXECUTE ${quoteLiteral(statement)}; EXCEPTION WHEN OTHERS THEN RAISE WARNING '%', SQLERRM; END`;
  let tag = '$option$';
  while (body.includes(tag)) tag = `${tag.slice(0, -1)}_$`;
  return `DO ${tag} ${body} ${tag};`;
}

/**
 * Replaces each statement by the result of `edit`. If that is undefined, removes the statement and its line.
 */
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
