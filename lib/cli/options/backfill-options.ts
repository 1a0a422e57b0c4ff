import { InvalidArgumentError } from 'commander';
import type { BackfillRequest, Method } from '../../engine/backfill/backfill-request.ts';
import { usageError } from '../program/failure.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface MethodOptions {
  readonly sql?: string;
  readonly command?: string;
  readonly url?: string;
  readonly header?: readonly string[];
  readonly bearer?: string;
  readonly format?: 'rows' | 'openai';
  readonly model?: string;
  readonly inputs?: readonly string[];
}

/** A parser for commander: `title,body`. */
export function columnsValue(text: string, before: readonly string[] = []): readonly string[] {
  const columns = text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);
  if (columns.length === 0)
    throw new InvalidArgumentError('It must be names of columns, such as title,body.');
  return [...before, ...columns];
}

/** `x-api-key=EMBEDDINGS_KEY`: the variable holds the value. Not a parser of commander, which repeats what it refuses. */
function headersFrom(given: readonly string[], environment: Environment): Map<string, string> {
  return new Map(
    given.map((text) => {
      const [, name, variable] = /^([A-Za-z0-9-]+)=([A-Za-z_][A-Za-z0-9_]*)$/.exec(text) ?? [];
      if (name === undefined || variable === undefined) {
        throw unfit(
          'A --header is not the name of a header and the name of a variable. It is not repeated here, because it may hold a secret.',
          'Write --header x-api-key=EMBEDDINGS_KEY, and set EMBEDDINGS_KEY in the environment.',
        );
      }
      return [name, variableValue(variable, environment)];
    }),
  );
}

/** A parser for commander: an amount of money, or rows a second: 0.02, 5, 500. */
export function amountValue(text: string): number {
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (number > 0 && number <= 1e9) return number;
  throw new InvalidArgumentError('It must be a number above 0, such as 500 or 0.02.');
}

/** How values are computed. Throws `backfill-method-unclear`, `backfill-option-unfit` or `backfill-variable-missing`. */
export function methodFrom(options: MethodOptions, environment: Environment): Method {
  const { sql, command, url, header = [], bearer, format, model } = options;
  const given = [sql, command, url].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw usageError(
      'backfill-method-unclear',
      given.length === 0
        ? 'Nothing says how values are computed.'
        : 'Several options say how values are computed.',
      'Give one of --sql, --command and --url.',
    );
  }
  const ofHttp = header.length > 0 || bearer !== undefined || format !== undefined || model !== undefined;
  if (url === undefined && ofHttp)
    throw unfit(
      '--header, --bearer, --format and --model have a meaning with --url only.',
      'Leave them out.',
    );
  if (sql === undefined && !options.inputs?.length)
    throw unfit(
      'Nothing says which columns the values are computed from.',
      'Add --inputs with the names of columns: --inputs title,body.',
    );
  if (sql !== undefined && options.inputs?.length)
    throw unfit('--inputs has no meaning with --sql.', 'The expression names the columns that it needs.');
  if (sql !== undefined) return { kind: 'sql', expression: sql };
  if (command !== undefined) return { kind: 'command', command };
  if (format === 'openai' && model === undefined)
    throw unfit('--format openai needs a model.', 'Add --model, such as text-embedding-3-small.');
  if (format !== 'openai' && model !== undefined)
    throw unfit('--model has a meaning with --format openai only.', 'Leave it out, or add --format openai.');
  const headers = headersFrom(header, environment);
  if (bearer !== undefined) headers.set('authorization', `Bearer ${variableValue(bearer, environment)}`);
  return { kind: 'http', url: url ?? '', headers, format: format ?? 'rows', model };
}

/** `--nulls`: an expression's NULL is its value. Without an answer nobody knows what the value is. */
export function nullsOf(
  given: BackfillRequest['nulls'] | undefined,
  { kind }: Method,
): BackfillRequest['nulls'] {
  return given ?? (kind === 'sql' ? 'write' : 'keep');
}

function variableValue(variable: string, environment: Environment): string {
  const value = environment[variable];
  if (value && !/[\r\n]/.test(value)) return value;
  // What was given instead of a name may be the secret itself.
  const named = /^[A-Z_][A-Z0-9_]{0,63}$/.test(variable) ? `The variable ${variable}` : 'A variable';
  throw usageError(
    'backfill-variable-missing',
    `${named} is to hold the value of a header, and is not set, or has several lines.`,
    'Set it in the environment. --header and --bearer take names of variables, so that `ps` shows no secret.',
  );
}

function unfit(what: string, remedy: string) {
  return usageError('backfill-option-unfit', what, remedy);
}
