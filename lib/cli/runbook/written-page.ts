import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { LifeboatError, messageOf } from '../../engine/ground/errors.ts';

/** Pages have regions of a template in this repository alone, where writing over it would lose it. */
const TEMPLATE = '<!-- runbook:fill ';

/**
 * Writes a page, in one piece, in place of an earlier one that begins the same way. Never writes over anything else.
 * Throws `page-not-written`.
 */
export async function writePage(
  path: string,
  directory: string,
  text: string,
  beginning: string,
): Promise<void> {
  const file = resolve(directory, path);
  try {
    const before = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (before !== undefined && (!before.startsWith(beginning) || before.includes(TEMPLATE)))
      throw inTheWay(file);
    const unfinished = join(dirname(file), `.${basename(file)}.${randomUUID()}`);
    try {
      await writeFile(unfinished, text, { flag: 'wx' });
      await rename(unfinished, file);
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
  } catch (error) {
    if (error instanceof LifeboatError) throw error;
    throw notWritten(`${file} cannot be written: ${messageOf(error).replace(/\.*$/, '')}.`, error);
  }
}

function inTheWay(file: string): LifeboatError {
  return notWritten(`${file} is there, and is not what this command writes.`);
}

function notWritten(what: string, cause?: unknown): LifeboatError {
  return new LifeboatError({
    code: 'page-not-written',
    kind: 'usage',
    what,
    meaning: 'Nothing was written over.',
    remedy: 'Name another file.',
    ...(cause === undefined ? {} : { cause }),
  });
}
