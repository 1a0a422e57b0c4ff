import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import * as v from 'valibot';
import type { CustomCheck } from '../../engine/drill/drill.ts';
import { text } from '../../engine/ground/shapes.ts';
import { usageError } from '../program/failure.ts';

const checksFile = v.array(v.strictObject({ name: text, sql: text, expect: v.string() }));

/**
 * A parser for commander: `name=SQL=expected`. The name ends at the first `=`, the expected value begins
 * after the last.
 */
export function customCheck(argument: string, previous: readonly CustomCheck[] = []): CustomCheck[] {
  const [, name, sql, expect] = /^([^=]+)=(.+)=([^=]*)$/s.exec(argument) ?? [];
  if (name?.trim() && sql?.trim() && expect !== undefined) {
    return [...previous, { name: name.trim(), sql: sql.trim(), expect }];
  }
  throw new InvalidArgumentError(
    'It must be name=SQL=expected, such as orders=SELECT count(*) FROM public.orders=42.',
  );
}

/** Reads `[{"name": …, "sql": …, "expect": …}, …]`: the same checks, without a shell's quoting. */
export function readChecks(path: string, directory: string): CustomCheck[] {
  const remedy = 'It must be a JSON array of {"name": "…", "sql": "SELECT …", "expect": "…"}.';
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(resolve(directory, path), 'utf8'));
  } catch (error) {
    const why = error instanceof SyntaxError ? 'is not JSON' : 'cannot be read';
    throw usageError('checks-unusable', `The checks file ${path} ${why}.`, remedy);
  }
  const parsed = v.safeParse(checksFile, content);
  if (parsed.success) return parsed.output;
  const [first] = parsed.issues;
  throw usageError(
    'checks-unusable',
    `The checks file ${path} is wrong at ${v.getDotPath(first) ?? 'its top'}: ${first.message}.`,
    remedy,
  );
}

/** Two checks with one name would leave open which of them failed. */
export function refuseRepeatedNames(checks: readonly CustomCheck[]): readonly CustomCheck[] {
  const names = checks.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated === undefined) return checks;
  throw usageError(
    'checks-unusable',
    `Two checks have the name ${JSON.stringify(repeated)}.`,
    'Give each its own name.',
  );
}
