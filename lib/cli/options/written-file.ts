import { writeFileSync } from 'node:fs';
import { usageError } from '../program/failure.ts';

interface HowToWrite {
  /** @default false: what is there stays */
  readonly overwrites?: boolean;
  /** Only the person who runs this may read it. @default false */
  readonly isSecret?: boolean;
}

/** Writes a file that an option names. Throws `file-unwritable`. */
export function writeNewFile(
  path: string,
  content: string,
  { overwrites = false, isSecret = false }: HowToWrite = {},
): void {
  try {
    writeFileSync(path, content, { flag: overwrites ? 'w' : 'wx', mode: isSecret ? 0o600 : 0o666 });
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw usageError(
      'file-unwritable',
      isThere ? `${path} is there already.` : `${path} cannot be written.`,
      isThere
        ? 'Name another file. Nothing was overwritten.'
        : 'Name a file in a directory that exists and that you may write to.',
    );
  }
}
