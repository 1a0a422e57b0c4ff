import packageJson from '../../package.json' with { type: 'json' };
import { type ManPage, manPages } from './man/man-page.ts';
import { buildProgram } from './program.ts';

const NOWHERE = { write: () => true };

/** The man pages of `lifeboat` and of all its commands. Runs none of them. */
export async function allManPages(): Promise<ManPage[]> {
  const program = await buildProgram([], {
    environment: {},
    directory: '/',
    stdout: NOWHERE,
    stderr: NOWHERE,
    signal: new AbortController().signal,
    now: () => new Date(),
    withVault: () => Promise.reject(new Error('no command runs here')),
    present: () => {},
  });
  return manPages(program, packageJson.version);
}
