import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of a package, in the path of one of its modules. */
const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/;

const LICENCES = ['LICENSE*', 'LICENCE*', 'license*', 'licence*', 'COPYING*', 'NOTICE*'];

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly homepage?: string;
  readonly repository?: string | { readonly url?: string };
}

/**
 * Writes the notices of everything that went into the bundles: name, version, licence, and the licence's text.
 * Their licences ask for it. `inputs` are the modules of the bundles.
 */
export function writeNotices(root: string, file: string, inputs: readonly string[]): void {
  const folders = [...new Set(inputs.flatMap((input) => PACKAGE.exec(input)?.[0] ?? []))];
  const notices = [...new Set(folders.map((folder) => noticeOf(join(root, folder))))].sort();
  // PGlite's packages hold its licence, and not the one of what they compiled.
  const postgres = readFileSync(new URL('./postgresql-notice.txt', import.meta.url), 'utf8');
  writeFileSync(file, `${HEAD}\n${[...notices, postgres].join(`\n${RULE}\n\n`)}`);
}

const RULE = '-'.repeat(80);

const HEAD = `pg-lifeboat contains the packages below, in the command, in the library, in the construct and in the code
of the functions that it deploys.

${RULE}
`;

function noticeOf(folder: string): string {
  const { name, version, license, homepage, repository } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as Manifest;
  const place = homepage ?? (typeof repository === 'string' ? repository : repository?.url);
  const texts = [...new Set(globSync(LICENCES, { cwd: folder }))]
    .sort()
    .map((path) => readText(folder, path));
  return [`${name} ${version}`, `Licence: ${license ?? 'see below'}`, ...(place ? [place] : []), '', ...texts]
    .join('\n')
    .concat('\n');
}

function readText(folder: string, path: string): string {
  return readFileSync(join(folder, path), 'utf8').trimEnd();
}
