import { spawnSync } from 'node:child_process';
import { type CodeBlock, codeBlocks } from './markdown.ts';

export interface Followed extends CodeBlock {
  /** What its commands printed, on stdout and stderr. */
  readonly printed: string;
  /** The text that the page shows as their output. */
  readonly shown: string | undefined;
}

export interface FollowOptions {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Blocks by their heading that something else stands for: the reader's own values, for example. */
  readonly replace?: Readonly<Record<string, string>>;
}

const MARK = '### the next block ###';

/** Runs the shell blocks of a page as a reader does: in one shell, one after the other, up to the first that fails. */
export function followPage(page: string, { directory, environment, replace = {} }: FollowOptions) {
  const blocks = codeBlocks(page);
  const scripts = blocks.filter(({ language }) => language === 'sh');
  const texts = scripts.map(({ heading, text }) => replace[heading] ?? text);
  const script = `exec 2>&1\n${texts.join(`\necho; echo '${MARK}'\n`)}`;
  const ended = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', script], {
    cwd: directory,
    env: { ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  const printed = ended.stdout.split(`${MARK}\n`);
  const followed = scripts.map((block, index): Followed => {
    const next = blocks[blocks.indexOf(block) + 1];
    return {
      ...block,
      printed: printed[index] ?? '',
      shown: next?.language === '' && next.heading === block.heading ? next.text : undefined,
    };
  });
  return { status: ended.status, output: ended.stdout, followed };
}

/** Lines that a page shows and the commands did not print. Numbers, times and names of backups are those of another day. */
export function linesNotPrinted({ shown = '', printed }: Followed): string[] {
  const lines = new Set(printed.split('\n').map(withoutFigures));
  const wanted = shown.split('\n').filter((line) => line.trim() !== '' && line.trim() !== '…');
  return wanted.filter((line) => !lines.has(withoutFigures(line)));
}

function withoutFigures(line: string): string {
  return line
    .replaceAll(/\d{8}T\d{6}Z-[a-z0-9]{6}/g, 'ID')
    .replaceAll(/\d+([.,:-]\d+)* (k|M)?B/g, 'SIZE')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'TIME')
    .replaceAll(/\b\d+ (ms|s|min)\b/g, 'AGE')
    .replaceAll(/\s+/g, ' ')
    .trim();
}
