import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Option } from 'commander';
import { LifeboatError, messageOf } from '../../engine/ground/errors.ts';

/** Where a project that `lifeboat init` made has its environments, and where a checkout has them. */
const PLACES = ['environments.ts', 'bin/environments.ts'];

export function environmentOption(description: string): Option {
  return new Option('--env <name>', description);
}

export function environmentsFileOption(): Option {
  return new Option(
    '--environments <file>',
    'file that exports `environments` (default: environments.ts or bin/environments.ts in this directory)',
  );
}

/**
 * What the environments file exports as `environments`, unchecked. The file is run, as CDK runs it. Throws
 * `environments-missing` and `environments-unreadable`.
 */
export async function readEnvironmentsFile(given: string | undefined, directory: string): Promise<unknown> {
  const file = given === undefined ? PLACES.find((place) => existsSync(resolve(directory, place))) : given;
  if (file === undefined || !existsSync(resolve(directory, file))) throw missing(file, directory);
  const path = resolve(directory, file);
  try {
    if (extname(path) === '.json') return JSON.parse(await readFile(path, 'utf8'));
    const exported: Readonly<Record<string, unknown>> = await import(pathToFileURL(path).href);
    return exported.environments;
  } catch (error) {
    throw new LifeboatError({
      code: 'environments-unreadable',
      kind: 'usage',
      what: `The environments file ${path} cannot be read: ${messageOf(error).replace(/\.*$/, '')}.`,
      remedy: 'See that `npx cdk synth` can read it: the same Node.js runs it.',
      cause: error,
    });
  }
}

function missing(file: string | undefined, directory: string): LifeboatError {
  return new LifeboatError({
    code: 'environments-missing',
    kind: 'usage',
    what:
      file === undefined
        ? `There is no environments file in ${directory}: neither ${PLACES.join(' nor ')}.`
        : `There is no environments file ${resolve(directory, file)}.`,
    remedy: 'Run the command in the folder of your CDK app, or name the file with --environments.',
  });
}
