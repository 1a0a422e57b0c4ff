import { quoteShell } from '../../engine/ground/shell.ts';
import type { Page } from './page.ts';
import { printable } from './printable.ts';

export interface InitToShow {
  readonly directory: string;
  /** Paths below it. */
  readonly files: readonly string[];
  readonly local: boolean;
  /** Whether the source was looked at. */
  readonly looked: boolean;
}

/** What was written, and the next steps. README.md of the project has them in full. */
export function initText({ directory, files, local, looked }: InitToShow, { paint }: Page): string[] {
  const place = printable(directory);
  return [
    `${paint.green('Written')} into ${paint.bold(place)}:`,
    ...files.map((path) => `  ${printable(path)}`),
    '',
    ...(looked
      ? []
      : [
          'No source was named, so nobody has looked whether a backup of it can begin: `lifeboat doctor` does.',
          '',
        ]),
    'Next: README.md there has the steps. They begin with',
    ...(directory === '.'
      ? []
      : [`  cd ${/^\w[\w./-]*$|^\.\.\/[\w./-]+$/.test(place) ? place : quoteShell(place)}`]),
    ...(local ? nextLocal(files) : ['  npm install && npx cdk diff']),
  ];
}

function nextLocal(files: readonly string[]): string[] {
  return files.includes('lifeboat.sh') ? ['  npm install'] : ['  gh secret set LIFEBOAT_SOURCE_URL'];
}
